import type { ChildView } from '../model/job.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RecordLog } from '../model/ports/results.ts';
import type { ChildIdentity } from './identity.ts';
import type { Moment } from './moment.ts';

/** As much of a child as anybody may see. */
export interface Viewed extends Pick<
  ChildView,
  'instanceId' | 'state' | 'hasMoreData' | 'progress' | 'question' | 'attempts' | 'data'
> {
  readonly identity: ChildIdentity;
  readonly outcome: Outcome | null;
  readonly log: Pick<RecordLog, 'bytes'>;
}

/** What only the child itself knows. */
export interface Hidden {
  readonly begin: Moment | null;
  readonly end: Moment | null;
  /** Why contact with it was lost; null: it is there. */
  readonly lost: string | null;
  /** The monotonic clock. */
  readonly now: number;
}

/** A child as it is now. */
export function viewOf(child: Viewed, { begin, end, lost, now }: Hidden): ChildView {
  const { id, parentId, name, command, target, item } = child.identity;
  const { outcome } = child;
  return {
    id,
    instanceId: child.instanceId,
    parentId,
    name,
    type: '',
    state: child.state,
    hasMoreData: child.hasMoreData,
    location: target.name,
    command,
    begin: begin?.wall ?? null,
    end: end?.wall ?? null,
    durationMs: begin === null ? null : Math.round((end?.monotonic ?? now) - begin.monotonic),
    statusMessage: outcome === null ? activity(child, lost) : outcome.statusMessage,
    progress: child.progress,
    host: target.name,
    item,
    question: child.question,
    exitCode: outcome?.exitCode ?? null,
    signal: outcome?.signal ?? null,
    failure: outcome?.failure ?? null,
    attempts: child.attempts,
    bytes: child.log.bytes,
    endConfirmed: outcome?.endConfirmed ?? null,
    data: child.data,
  };
}

/** What an unfinished child has to say. */
function activity({ question, state, progress }: Viewed, lost: string | null): string | null {
  if (question !== null) return `asks: ${question.text}`;
  if (state === 'Disconnected') return lost;
  if (progress === null) return null;
  const { percent, text } = progress;
  return `${Math.round(percent)}% ${text}`.trimEnd();
}
