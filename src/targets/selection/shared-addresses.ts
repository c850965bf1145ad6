import { safeLine } from '../../base/safe-text.ts';
import type { Target } from '../../model/target.ts';
import { foldNodeSet } from '../nodeset/fold.ts';

/** Warnings about targets that are one server under several names: each is a host of its own all the same. */
export function sharedAddresses(targets: readonly Target[]): readonly string[] {
  const first = new Map<string, Target>();
  const shared = new Map<string, Target[]>();
  for (const target of targets) {
    const place = `${target.address.toLowerCase()} ${String(target.port)}`;
    const known = first.get(place);
    if (known === undefined) {
      first.set(place, target);
      continue;
    }
    const others = shared.get(place);
    if (others === undefined) shared.set(place, [known, target]);
    else others.push(target);
  }
  const lines = [...shared.values()].slice(0, SHOWN).map((group) => {
    const { address = '', port = 0 } = group[0] ?? {};
    const names = foldNodeSet(group.map(({ name }) => name));
    return safeLine(`${names} have one address: ${address}, port ${String(port)}`);
  });
  const more = shared.size - lines.length;
  return more > 0 ? [...lines, `${String(more)} more addresses have several names`] : lines;
}

const SHOWN = 5;
