import { parseHostName } from '../host-name.ts';
import { shown } from '../nodeset/fault.ts';

/** Jump hosts from nearest to farthest, as `ssh -J` takes them; `none` for none. A text is what is wrong. */
export function parseJump(text: string): readonly string[] | string {
  if (text.trim() === 'none') return [];
  const hops = text.split(',').map((hop) => hop.trim());
  for (const hop of hops) {
    const parsed = parseHostName(hop);
    if (typeof parsed === 'string') return `the jump host ${shown(hop)} ${parsed}`;
  }
  return hops;
}
