import { safeLine } from '../base/safe-text.ts';
import type { LabelOf } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { paint } from './style.ts';

/** `muster: web3: disconnected ...` on stderr for each host with which contact is lost, and when it is there again. */
export function contact(stderr: Output, label: LabelOf): Part {
  const lost = new Set<number>();
  const tell = (name: string, what: string): Promise<void> =>
    stderr.write(`muster: ${safeLine(name, Number.POSITIVE_INFINITY)}: ${what}\n`);
  return {
    async state({ jobId, host, from, to }) {
      if (host === null) return;
      if (to === 'Disconnected') {
        lost.add(jobId);
        const word = paint('disconnected', 'yellow', stderr.colour);
        const what = from === 'Suspended' ? 'stays suspended' : 'goes on';
        await tell(label(jobId, host), `${word}; its command ${what} there, trying to come back`);
      } else if (lost.delete(jobId) && (to === 'Running' || to === 'Suspended')) {
        await tell(label(jobId, host), 'connected again');
      }
    },
  };
}
