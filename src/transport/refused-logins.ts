import type { Access } from '../model/access.ts';
import { FailureError, type Failure } from '../model/failure.ts';

/**
 * The logins that hosts have refused, for each job: what was tried once on a host is not tried again by another child of the
 * job, or for another connection. It would count as an attack, and could lock the account.
 */
export class RefusedLogins {
  readonly #refused = new WeakMap<Access, Map<string, Failure>>();

  /** Another job begins with this access: by now the hosts may have been told to let it in. */
  forget(access: Access): void {
    this.#refused.delete(access);
  }

  /** Does the login, or fails as it has failed before. `key`: what two logins have in common that are the same to a host. */
  async once<T>(access: Access, key: string, login: () => Promise<T>): Promise<T> {
    const before = this.#refused.get(access)?.get(key);
    if (before !== undefined) throw new FailureError(before);
    try {
      return await login();
    } catch (error) {
      if (error instanceof FailureError && isRefusal(error.failure)) {
        const refused = this.#refused.get(access) ?? new Map<string, Failure>();
        refused.set(key, error.failure);
        this.#refused.set(access, refused);
      }
      throw error;
    }
  }
}

function isRefusal({ code, via }: Failure): boolean {
  return via === null && (code === 'auth-denied' || code === 'auth-partial');
}
