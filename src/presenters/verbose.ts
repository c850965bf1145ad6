import { safeLine } from '../base/safe-text.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { duration } from './style.ts';

/** -v: a line on stderr for each phase of a host; -vv: the lines of the SSH conversation too. */
export function verbose(stderr: Output, conversation: boolean): Part {
  const phases: Part = {
    async phase({ host, phase, ms, detail }) {
      const more = detail === null ? '' : ` (${detail})`;
      await stderr.write(`muster: ${safeLine(host)}: ${phase} took ${duration(ms)}${more}\n`);
    },
  };
  if (!conversation) return phases;
  return {
    ...phases,
    async trace({ host, text }) {
      await stderr.write(`muster: ${safeLine(host)}: ssh: ${text}\n`);
    },
  };
}
