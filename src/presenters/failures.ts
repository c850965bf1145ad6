import { safeLine } from '../base/safe-text.ts';
import type { JobView } from '../model/job.ts';
import { failureMessage } from '../results/message.ts';
import { outcomesOf } from '../results/summary.ts';
import { named, type LabelOf, type Names } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { paint } from './style.ts';

/** `muster: web3: failed: exit code 7` on stderr, for each host as it fails. */
export function liveFailures(stderr: Output, label: LabelOf): Part {
  return {
    async state({ jobId, host, failure, to }) {
      // Those that were skipped come by the hundred, and the summary names them together.
      if (host === null || failure === null || to !== 'Failed') return;
      const line = failureLine(label(jobId, host), failureMessage(failure), stderr.colour);
      await stderr.write(line);
    },
  };
}

/** The same where not every failure comes as an event: those that did not are told at the end. */
export function receivedFailures(stderr: Output, label: LabelOf): Part {
  const told = new Set<number>();
  const asTheyCome = liveFailures(stderr, label);
  return {
    async state(event) {
      if (event.failure !== null) told.add(event.jobId);
      await asTheyCome.state?.(event);
    },
    async end({ job }) {
      for (const { id, host, failure } of failedOf(job)) {
        if (told.has(id)) continue;
        const message = failure === null ? NO_REASON : failureMessage(failure);
        await stderr.write(failureLine(label(id, host), message, stderr.colour));
      }
    },
  };
}

/** The same at the end, folded: one line for all hosts that failed alike. For output that is not live. */
export function foldedFailures(stderr: Output, names: Names): Part {
  return {
    async end({ job }) {
      for (const { hosts, reason } of outcomesOf(failedOf(named(job, names)))) {
        await stderr.write(failureLine(names.fold(hosts), reason ?? NO_REASON, stderr.colour));
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

const NO_REASON = 'no reason given';
