import { isoTime } from '../base/clock.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { Outcome, WorkData } from '../model/outcome.ts';
import type { RecoveredChild, RecoveredJob, Stood } from '../model/ports/journal.ts';
import type { LogStart } from '../model/ports/results.ts';
import type { StreamPlaces } from '../model/ports/work.ts';
import type { FinishedState, JobState } from '../model/state.ts';
import { withoutOutput } from './verdict.ts';

/** A child of an earlier controller. */
export interface RestoredChild {
  readonly instanceId: string;
  readonly state: Extract<JobState, FinishedState | 'Suspended' | 'Disconnected'>;
  readonly outcome: Outcome | null;
  /** Wall times. */
  readonly begin: number | null;
  readonly end: number | null;
  readonly attempts: number;
  readonly data: WorkData;
  /** Of its last record. */
  readonly seq: number;
  readonly places: StreamPlaces;
  /** How long its command stood still; null: never. */
  readonly stood: Stood | null;
  /** Of one that is Disconnected: how it had ended, with the wall time of that; only what it wrote is to be fetched. */
  readonly known: KnownEnd | null;
}

export interface KnownEnd {
  readonly outcome: Outcome;
  readonly end: number;
}

/** What becomes of a child whose controller has ended without ending it. */
export function restoredChild(
  { instanceIds, children }: RecoveredJob,
  index: number,
  definition: JobDefinition,
  now: number,
): { readonly child: RestoredChild; readonly log: LogStart } {
  const left = children[index] ?? NOTHING_KNOWN;
  const instanceId = instanceIds[index] ?? '';
  const { seq, places } = left.taken ?? { seq: 0, places: { output: 0, error: 0 } };
  const log = { seq, output: places.output, error: places.error };
  const common = {
    instanceId,
    attempts: 0,
    data: {},
    seq,
    places,
    stood: left.stood,
    end: null,
    outcome: null,
    known: null,
  };
  // Never begun, and never sent again by itself: whoever knows better resumes it.
  if (left.begun === null && left.ended === null) {
    return { child: { ...common, state: 'Suspended', begin: null }, log };
  }
  const { ended } = left;
  // What it wrote is on its host still, as is how it ended.
  if (definition.durable && (ended === null || isUnread(left))) {
    const begin = ended?.begin ?? left.begun;
    const { attempts, data } = ended ?? common;
    return {
      child: { ...common, attempts, data, known: ended, state: 'Disconnected', begin },
      log,
    };
  }
  if (ended === null) {
    const end = { state: 'Failed', outcome: lost(now), begin: left.begun, end: now } as const;
    return { child: { ...common, ...end }, log };
  }
  const { outcome, begin, end, attempts, data, bytes } = ended;
  // Of what is not durable nothing is written down but that all of it was received.
  const isRead = ended.isRead || left.taken !== null || bytes.output + bytes.error === 0;
  return {
    child: {
      ...common,
      begin,
      end,
      attempts,
      data,
      state: outcome.state,
      outcome: isRead ? outcome : withoutOutput(outcome),
    },
    log: { seq, ...bytes },
  };
}

/** Whether not all was received of one that has ended. */
function isUnread({ ended, taken }: RecoveredChild): boolean {
  if (ended === null || ended.isRead || ended.places === null) return false;
  const { output, error } = taken?.places ?? { output: 0, error: 0 };
  return output + error < ended.places.output + ended.places.error;
}

/** Of a child of which nothing was written down. */
export const NOTHING_KNOWN: RecoveredChild = {
  begun: null,
  ended: null,
  taken: null,
  stood: null,
  stopping: null,
  isForgotten: false,
};

/** `now`: when the next controller found out, in wall time. */
function lost(now: number): Outcome {
  const message = `its controller was killed, or died, before ${isoTime(now)}; the command may still run`;
  return { ...LOST, failure: { ...LOST.failure, message } };
}

const LOST = {
  state: 'Failed',
  exitCode: null,
  signal: null,
  failure: {
    phase: 'run',
    code: 'lost',
    mayHaveRun: true,
    via: null,
  },
  statusMessage: null,
  endConfirmed: null,
} as const;
