import type { Access } from '../model/access.ts';
import { FailureError, isContactEnded, type Failure } from '../model/failure.ts';
import type { Probe } from '../model/ports/transport.ts';

/**
 * The logins that hosts have refused, for each job: what was tried once on a host is not tried again by another child of the
 * job, for another connection or by another probe. It would count as an attack, and could lock the account. Of a password
 * that is so over all jobs that it was given for at once, like the lines of one shell: a few wrong ones lock an account.
 */
export class RefusedLogins {
  /** By what stands for the giving of the password, or where there is none, by the access of the job. */
  readonly #refused = new WeakMap<object, Map<string, Failure>>();
  /** By the same: where a password was found right. */
  readonly #proven = new WeakMap<object, Set<string>>();

  /** Another job begins with this access: by now the hosts may have been told to let its keys in. */
  forget(access: Access): void {
    this.#refused.delete(access);
  }

  /** Does the login, or fails as it has failed before. `key`: what two logins have in common that are the same to a host. */
  async once<T>(access: Access, key: string, login: () => Promise<T>): Promise<T> {
    const before = this.#before(access, key);
    if (before !== null) throw new FailureError(before);
    try {
      const done = await login();
      this.#prove(access, key);
      return done;
    } catch (error) {
      if (error instanceof FailureError && !this.#wasCut(error, access, key)) {
        this.#note(access, key, error.failure);
      }
      throw error;
    }
  }

  /** The same of a probe. `short`: how far the host can be reached is found out without logging in again. */
  async onceProbed(
    access: Access,
    key: string,
    probe: { readonly full: () => Promise<Probe>; readonly short: () => Promise<Probe> },
  ): Promise<Probe> {
    const before = this.#before(access, key);
    if (before === null) {
      const found = await probe.full();
      if (found.failure !== null) this.#note(access, key, found.failure);
      return found;
    }
    const found = await probe.short();
    return { ...found, failure: found.failure ?? before };
  }

  /** Who was cut off before the host had decided may try again; a password only where it was found right before. */
  #wasCut(error: FailureError, access: Access, key: string): boolean {
    if (!isContactEnded(error)) return false;
    return access.password === null || this.#proven.get(ownerOf(access))?.has(key) === true;
  }

  #prove(access: Access, key: string): void {
    if (access.password === null) return;
    const owner = ownerOf(access);
    const proven = this.#proven.get(owner) ?? new Set<string>();
    this.#proven.set(owner, proven.add(key));
  }

  #before(access: Access, key: string): Failure | null {
    return this.#refused.get(ownerOf(access))?.get(key) ?? null;
  }

  #note(access: Access, key: string, failure: Failure): void {
    if (!isRefusal(failure)) return;
    const owner = ownerOf(access);
    const refused = this.#refused.get(owner) ?? new Map<string, Failure>();
    refused.set(key, failure);
    this.#refused.set(owner, refused);
  }
}

function ownerOf(access: Access): object {
  return access.password?.giving ?? access;
}

function isRefusal({ code, via }: Failure): boolean {
  return via === null && (code === 'auth-denied' || code === 'auth-partial');
}
