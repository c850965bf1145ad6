import { throwIfAborted } from '../base/abort.ts';
import { delay, type Timer } from '../base/clock.ts';
import type { Become } from '../model/become.ts';
import type { Connection, ConnectRequest } from '../model/ports/transport.ts';
import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { ChildJob } from './child-job.ts';
import type { ChildResources } from './child-resources.ts';
import { reachToEnd } from './come-back.ts';
import type { Reacher } from './reach.ts';

/** A child whose durable work has ended. */
export interface Ended {
  readonly child: ChildJob;
  readonly kind: WorkKind;
  readonly spec: WorkSpec;
  readonly resources: ChildResources;
  readonly request: ConnectRequest;
  readonly become: Become | null;
}

/**
 * Has hosts forget what durable work keeps there, once its records were received, or nobody will receive them. A connection
 * is kept for that a moment, because most readers are quick. What cannot be removed stays: cleaning hosts is apart.
 */
export class Forgetting {
  readonly #reacher: Reacher;
  readonly #underWay = new Set<Promise<void>>();
  readonly #over = new AbortController();

  constructor(reacher: Reacher) {
    this.#reacher = reacher;
  }

  /** Takes over the child's resources. */
  add(ended: Ended): void {
    const { child, kind, resources } = ended;
    if (!resources.sent || kind.forget === undefined || !isOver(child)) {
      resources.release();
      return;
    }
    const timer = this.#reacher.clock.after(KEEP_MS, () => resources.release());
    timer.unref();
    child.log.whenRead(() => this.#begin(ended, timer));
  }

  /** Resolves when nothing is under way, or after a moment: who is asked to end has not all the time. Then no host is tried. */
  async settled(): Promise<void> {
    const over = new AbortController();
    const all = Promise.all(this.#underWay).then(() => over.abort());
    const late = delay(this.#reacher.clock, LEAVE_MS, over.signal).catch(() => undefined);
    await Promise.race([all, late]);
    this.#over.abort();
  }

  #begin(ended: Ended, timer: Timer): void {
    const forgetting = this.#forget(ended).finally(() => {
      timer.cancel();
      ended.resources.release();
      this.#underWay.delete(forgetting);
    });
    this.#underWay.add(forgetting);
  }

  async #forget({ child, kind, spec, resources, request, become }: Ended): Promise<void> {
    const connect = async (): Promise<Connection> => {
      throwIfAborted(this.#over.signal);
      const connection =
        resources.connection ??
        (await reachToEnd(
          this.#reacher,
          { ...request, attempted: () => undefined },
          REACH_MS,
          this.#over.signal,
        ));
      if (connection === null) throw new Error('the host was not reached');
      resources.keep(connection);
      return connection;
    };
    try {
      await kind.forget?.(spec, {
        clock: this.#reacher.clock,
        target: child.identity.target,
        instanceId: child.instanceId,
        become,
        places: child.places ?? { output: 0, error: 0 },
        connect,
      });
    } catch {
      // The host keeps it until it is cleaned: nobody waits for this, and the job has its outcome.
    }
  }
}

/** What may run still is not forgotten; where contact was lost for good, trying again may do harm. */
function isOver(child: ChildJob): boolean {
  const { failure, endConfirmed } = child.summary();
  return failure?.code !== 'lost' && endConfirmed !== false;
}

/** How long a connection is kept for a reader. */
const KEEP_MS = 1_000;
/** To reach a host whose connection is gone. */
const REACH_MS = 20_000;
/** At the end of the controller. */
const LEAVE_MS = 3_000;
