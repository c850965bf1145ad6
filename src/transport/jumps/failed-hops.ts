import type { Clock } from '../../base/clock.ts';
import type { Access } from '../../model/access.ts';
import type { FailureError } from '../../model/failure.ts';

interface Failed {
  readonly error: FailureError;
  /** The attempt that failed: the same for all who waited for it. */
  readonly attempt: unknown;
  /** By the monotonic clock; until then it is not asked again. */
  readonly until: number;
  /** Those who have heard of it: who comes again after that wants another attempt. */
  readonly told: WeakSet<object>;
}

/**
 * Jump hosts that have just failed. Targets behind one come to it by and by, and each would wait for the same failure
 * anew; and one that has refused our keys must not be asked again for each of them. A job's retries do ask again.
 */
export class FailedHops {
  readonly #clock: Clock;
  /** By what stands for the giving of the password, or where there is none, by the access of the job. */
  readonly #failed = new WeakMap<object, Map<string, Failed>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The failure that this one has not heard of; null: it may try. */
  unheard(key: string, access: Access, asker: object): FailureError | null {
    const failed = this.#failed.get(ownerOf(access))?.get(key);
    if (failed === undefined || failed.told.has(asker)) return null;
    if (failed.until <= this.#clock.monotonic()) return null;
    failed.told.add(asker);
    return failed.error;
  }

  /** One of those who waited for an attempt has heard that it failed. */
  add(key: string, access: Access, asker: object, attempt: unknown, error: FailureError): void {
    const owner = ownerOf(access);
    const all = this.#failed.get(owner) ?? new Map<string, Failed>();
    this.#failed.set(owner, all);
    const before = all.get(key);
    if (before !== undefined && before.attempt === attempt) {
      before.told.add(asker);
      return;
    }
    const { phase } = error.failure;
    const isFinal = phase === 'verify' || phase === 'authenticate';
    const until = isFinal ? Infinity : this.#clock.monotonic() + REMEMBERED_MS;
    all.set(key, { error, attempt, until, told: new WeakSet([asker]) });
  }

  /** It works. */
  drop(key: string, access: Access): void {
    this.#failed.get(ownerOf(access))?.delete(key);
  }

  /** A new job begins: what was wrong may have been put right; but nobody has given the password anew that was refused. */
  forget(access: Access): void {
    const all = this.#failed.get(ownerOf(access));
    for (const [key, { error }] of all ?? []) {
      if (access.password === null || error.failure.phase !== 'authenticate') all?.delete(key);
    }
  }
}

function ownerOf(access: Access): object {
  return access.password?.giving ?? access;
}

/** A network that comes back is found soon, and a fleet behind a dead host does not wait for it host by host. */
const REMEMBERED_MS = 30_000;
