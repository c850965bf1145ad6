import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import { endpoint, fail } from '../failures.ts';
import type { AnyAuthMethod, Authenticator } from '../ssh2.ts';

/**
 * What is tried on one target, in order, each key once: more would count as attacks. Begins with a key: asking first
 * what the server takes would cost a round trip, and the answer changes nothing while a key is left.
 */
export class Login {
  readonly #target: Target;
  readonly #passedOver: readonly string[];
  #left: readonly LoginKey[];
  #tried: string[] = [];
  #accepted: string[] = [];
  #current: LoginKey | null = null;
  /** The server's last list of methods; null: it gave none yet. */
  #offered: readonly string[] | null = null;
  #agentError: FailureError | null = null;
  #mayBegin = false;
  #waiting: (() => void) | null = null;
  #failed: ((error: FailureError) => void) | null = null;

  /** `passedOver`: why keys that might have helped are not among them; safe text. */
  constructor(target: Target, keys: readonly LoginKey[], passedOver: readonly string[] = []) {
    this.#target = target;
    this.#passedOver = passedOver;
    this.#left = keys;
  }

  /** What got us in; safe text. */
  get detail(): string {
    return [...this.#accepted, this.#current?.description ?? 'no authentication asked for'].join(
      ' and ',
    );
  }

  /** Gives leave to begin: the host's key is verified and, where it is new, written down. */
  begin(failed: (error: FailureError) => void): void {
    this.#failed = failed;
    this.#mayBegin = true;
    this.#waiting?.();
    this.#waiting = null;
  }

  /** For ssh2: what to try next. Nothing of ours leaves before `begin`. */
  readonly authenticate: Authenticator = (offered, partial, next) => {
    if (!this.#mayBegin) {
      this.#waiting = () => {
        const method = this.#next(offered, partial === true);
        if (method !== undefined) next(method);
      };
      return undefined;
    }
    return this.#next(offered, partial === true);
  };

  /**
   * Whether an error of ssh2's is one that the login goes on after: an agent that failed to sign. ssh2 then asks for
   * the next method, as if the server had refused the key.
   */
  readonly forgives = (error: Error): boolean => {
    if (!(error instanceof FailureError)) return false;
    this.#agentError = error;
    return true;
  };

  /** Why contact ended within the login. */
  broken(error: Error | null): FailureError {
    const how = error === null ? 'closed the connection' : error.message;
    return fail('auth-denied', `${this.#who()} was not let in: ${how}${this.#tally()}`, {
      cause: error,
    });
  }

  #next(offered: readonly string[] | null, partial: boolean): AnyAuthMethod | undefined {
    if (offered !== null) this.#offered = offered;
    if (this.#current !== null) {
      const list = partial ? this.#accepted : this.#tried;
      list.push(this.#current.description);
      this.#current = null;
    }
    const takesKeys = this.#offered === null || this.#offered.includes('publickey');
    const [key, ...left] = this.#left;
    if (key !== undefined && takesKeys) {
      this.#current = key;
      this.#left = left;
      return key.method(this.#target.user);
    }
    // Without any key, one request that asks for nothing learns what the server would take (RFC 4252 section 5.2).
    if (this.#offered === null) return { type: 'none', username: this.#target.user };
    this.#failed?.(this.#accepted.length > 0 ? this.#partly() : this.#denied());
    return undefined;
  }

  #denied(): FailureError {
    // A key that could not be used was not refused, and is what to look at first.
    if (this.#agentError !== null) return this.#agentError;
    return fail('auth-denied', `${this.#who()} was denied${this.#tally()}`);
  }

  #partly(): FailureError {
    const missing = safeLine((this.#offered ?? []).join(', '), 60);
    return fail(
      'auth-partial',
      `${this.#who()}: ${this.#accepted.join(' and ')} accepted, but the server also asks for ${missing}`,
    );
  }

  #who(): string {
    return `login of ${this.#target.user} on ${endpoint(this.#target)}`;
  }

  /** What the server takes and what we had, for people to compare. */
  #tally(): string {
    const offered =
      this.#offered === null ? '' : `; it takes ${safeLine(this.#offered.join(', '), 60)}`;
    const tried = this.#tried.length === 0 ? 'no key to try' : `tried ${this.#tried.join(', ')}`;
    const [missing] = this.#passedOver;
    return `${offered}; ${tried}${missing === undefined ? '' : `; ${missing}`}`;
  }
}
