import { safeLine } from '../base/safe-text.ts';
import type { StateEvent } from '../model/event.ts';
import type { Failure } from '../model/failure.ts';
import type { JobView } from '../model/job.ts';
import { failureMessage } from '../results/message.ts';
import { outcomesOf } from '../results/summary.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { paint } from './style.ts';

/**
 * `muster: web3: failed: exit code 7` on stderr, for each host as it fails. Where the event does not carry the failure,
 * the line comes with the job's end.
 */
export function liveFailures(stderr: Output): Part {
  const told = new Set<number>();
  const tell = async (childId: number, host: string, failure: Failure): Promise<void> => {
    if (told.has(childId)) return;
    told.add(childId);
    await stderr.write(failureLine(host, failureMessage(failure), stderr.colour));
  };
  return {
    async state(event: ToldStateEvent) {
      if (event.to !== 'Failed' || event.host === null) return;
      if (event.failure) await tell(event.jobId, event.host, event.failure);
    },
    async end({ job }) {
      for (const { state, failure, id, host } of job.children) {
        if (state === 'Failed' && failure !== null) await tell(id, host, failure);
      }
    },
  };
}

/** The same at the end, folded: one line for all hosts that failed alike. For output that is not live. */
export function foldedFailures(stderr: Output, fold: (names: readonly string[]) => string): Part {
  return {
    async end({ job }) {
      for (const { hosts, reason } of outcomesOf(failedOf(job))) {
        await stderr.write(failureLine(fold(hosts), reason ?? 'no reason given', stderr.colour));
      }
    },
  };
}

function failedOf(job: JobView): JobView['children'] {
  return job.children.filter((child) => child.state === 'Failed');
}

function failureLine(hosts: string, message: string, colour: boolean): string {
  return `muster: ${safeLine(hosts, Number.POSITIVE_INFINITY)}: ${paint('failed', 'red', colour)}: ${message}\n`;
}

/** A state event that says why the child failed, where its sender knows. */
type ToldStateEvent = StateEvent & { readonly failure?: Failure | null };
