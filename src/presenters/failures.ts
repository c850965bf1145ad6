import { safeLine } from '../base/safe-text.ts';
import type { JobView } from '../model/job.ts';
import { failureMessage } from '../results/message.ts';
import { outcomesOf } from '../results/summary.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { paint } from './style.ts';

/** `muster: web3: failed: exit code 7` on stderr, for each host as it fails. */
export function liveFailures(stderr: Output): Part {
  return {
    async state({ host, failure }) {
      if (host === null || failure === null) return;
      await stderr.write(failureLine(host, failureMessage(failure), stderr.colour));
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
