import { abortReason } from '../base/abort.ts';
import { safeLine } from '../base/safe-text.ts';
import type { WorkData } from '../model/outcome.ts';
import type { StreamName } from '../model/record.ts';
import type { Connection, ConnectRequest, PhaseObserver } from '../model/ports/transport.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { Timer } from '../base/clock.ts';
import type { ChildJob } from './child-job.ts';
import type { ParentJob } from './parent-job.ts';
import { reach, type Reacher } from './reach.ts';
import { verdict, verdictOfError, type VerdictFacts } from './verdict.ts';

export interface ChildRun {
  readonly job: ParentJob;
  readonly child: ChildJob;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  readonly reacher: Reacher;
}

/** One child from its turn to its end. Never rejects, and always leaves the child finished. */
export async function runChild(run: ChildRun): Promise<void> {
  const { child } = run;
  // Stopped while it was queued.
  if (child.finished) return;
  const resources = new ChildResources();
  const signal = child.begin();
  try {
    const end = await run.kind.run(run.spec, contextOf(run, signal, resources));
    child.settle(verdict(end, factsOf(run, resources)));
  } catch (error) {
    child.settle(verdictOfError(error, factsOf(run, resources)));
  } finally {
    resources.release();
  }
}

/** What a child holds while it runs, given back on every ending. */
class ChildResources {
  /** The limit on the command's time runs, so the command was sent. */
  sent = false;
  timer: Timer | null = null;
  readonly connections: Connection[] = [];
  readonly unlisten: (() => void)[] = [];

  release(): void {
    this.timer?.cancel();
    for (const stop of this.unlisten) stop();
    for (const connection of this.connections) connection.release();
  }
}

function factsOf(run: ChildRun, resources: ChildResources): VerdictFacts {
  return {
    cause: run.child.cause,
    sent: resources.sent,
    okCodes: run.job.definition.okCodes,
  };
}

function contextOf(run: ChildRun, signal: AbortSignal, resources: ChildResources): WorkContext {
  const { job, child, reacher } = run;
  const { definition } = job;
  const { clock } = reacher;
  const { id, parentId, target, index } = child.identity;
  const request: ConnectRequest = {
    target,
    access: definition.access,
    connectTimeoutMs: definition.connectTimeoutMs,
    observer: observerOf(run),
    signal,
  };
  return {
    jobId: parentId,
    childId: id,
    index,
    total: definition.targets.length,
    target,
    clock,
    signal,
    graceMs: definition.graceMs,
    input: definition.input,
    connect: async () => {
      const connection = await reach(reacher, request, {
        retries: definition.retries,
        attempted: () => {
          child.attempts += 1;
        },
      });
      resources.connections.push(connection);
      return connection;
    },
    probe: (until) =>
      reacher.logins.run(() => {
        if (signal.aborted) return Promise.reject(abortReason(signal));
        child.attempts += 1;
        return reacher.transport.probe({ ...request, until });
      }),
    write: (stream: StreamName, data: Uint8Array) => {
      // Output that comes after the verdict (a drain that was cut) has no place to go.
      if (child.log.closed) return;
      job.recordAdded(child, child.log.append(stream, data, clock.now()));
    },
    onPressure: (listener) => {
      resources.unlisten.push(job.onPressure(listener));
    },
    report: (data: WorkData) => {
      child.data = { ...child.data, ...data };
    },
    started: () => {
      resources.sent = true;
      const limit = definition.timeoutMs;
      if (limit === null || resources.timer !== null) return;
      resources.timer = clock.after(limit, () => child.expire(limit));
    },
  };
}

function observerOf({ job, child }: ChildRun): PhaseObserver {
  const { id: jobId, parentId, target } = child.identity;
  const host = target.name;
  return {
    phase: (phase, ms, detail) => {
      job.emit({ event: 'phase', jobId, parentId, host, phase, ms, detail });
    },
    trace: job.definition.trace
      ? (text) => {
          job.emit({ event: 'trace', jobId, parentId, host, text: safeLine(text, 1000) });
        }
      : null,
  };
}
