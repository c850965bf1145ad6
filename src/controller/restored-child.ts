import { safeLine } from '../base/safe-text.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RecoveredChild, RecoveredJob } from '../model/ports/journal.ts';
import type { LogStart } from '../model/ports/results.ts';
import type { RestoredChild } from './child-job.ts';

/** What becomes of a child whose controller has ended without ending it. */
export function restoredChild(
  { instanceIds, children }: RecoveredJob,
  index: number,
  definition: JobDefinition,
  now: number,
): { readonly child: RestoredChild; readonly log: LogStart } {
  const left = children[index] ?? NOTHING;
  const instanceId = instanceIds[index] ?? '';
  const { seq, places } = left.taken ?? { seq: 0, places: { output: 0, error: 0 } };
  const log = { seq, output: places.output, error: places.error };
  const common = { instanceId, attempts: 0, data: {}, seq, places, end: null, outcome: null };
  // Never begun, and never sent again by itself: whoever knows better resumes it.
  if (left.begun === null && left.ended === null) {
    return { child: { ...common, state: 'Suspended', begin: null }, log };
  }
  const { ended } = left;
  // What it wrote is on its host still, as is how it ended.
  if (definition.durable && (ended === null || isUnread(left))) {
    return { child: { ...common, state: 'Disconnected', begin: left.begun }, log };
  }
  if (ended === null) {
    const end = { state: 'Failed', outcome: LOST, begin: left.begun, end: now } as const;
    return { child: { ...common, ...end }, log };
  }
  const { outcome, begin, end, attempts, data, bytes } = ended;
  const lost = ended.isRead || bytes.output + bytes.error === 0;
  const child = { ...common, begin, end, attempts, data, state: outcome.state };
  return {
    child: { ...child, outcome: lost ? outcome : { ...outcome, statusMessage: unread(outcome) } },
    log: { seq, ...bytes },
  };
}

/** Whether not all was received of one that has ended. */
function isUnread({ ended, taken }: RecoveredChild): boolean {
  if (ended === null || ended.isRead || ended.places === null) return false;
  const { output, error } = taken?.places ?? { output: 0, error: 0 };
  return output + error < ended.places.output + ended.places.error;
}

function unread({ statusMessage }: Outcome): string {
  const lost = 'its unread output was lost with its controller';
  return safeLine(statusMessage === null ? lost : `${statusMessage}; ${lost}`);
}

const NOTHING: RecoveredChild = { begun: null, ended: null, taken: null };
const LOST: Outcome = {
  state: 'Failed',
  exitCode: null,
  signal: null,
  failure: {
    phase: 'run',
    code: 'lost',
    message: 'its controller was killed; the command may still run',
    mayHaveRun: true,
    via: null,
  },
  statusMessage: null,
  endConfirmed: null,
};
