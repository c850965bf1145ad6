import type { Secret } from '../../base/secret.ts';
import { safeLine } from '../../base/safe-text.ts';
import { ContactEnded, FailureError } from '../../model/failure.ts';
import type { AskedQuestion } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import { offeredAlgorithm } from '../credentials/login-key.ts';
import { endpoint, fail } from '../failures.ts';
import { plainName } from '../host-keys/certificate.ts';
import { keyMethod, type AnyAuthMethod, type Authenticator, type Ssh2 } from '../ssh2.ts';
import { Dialogue } from './dialogue.ts';

/** What a login may use. */
export interface Means {
  readonly ssh2: Ssh2;
  readonly keys: readonly LoginKey[];
  /** Why keys that might have helped are not among them, or may be refused; safe text. */
  readonly passedOver: readonly string[];
  /** Tried once; null: none was given. */
  readonly password: Secret | null;
  /** Asks the operator; null: nobody can be asked. Rejects when the answer is of no use any more. */
  readonly ask: ((question: AskedQuestion) => Promise<string>) | null;
}

/**
 * What is tried on one target, in order, each thing once: more would count as attacks. Begins with a key: asking first
 * what the server takes would cost a round trip, and the answer changes nothing while a key is left. Then the password that
 * was given for all hosts; and a person only where nothing else is of use: where something was accepted and the server wants
 * more, or where it takes no keys.
 */
export class Login {
  readonly #target: Target;
  readonly #means: Means;
  readonly #dialogue: Dialogue;
  #left: readonly LoginKey[];
  #tried: string[] = [];
  #accepted: string[] = [];
  /** What is being tried. */
  #current: string | null = null;
  /** The server's last list of methods; null: it gave none yet. */
  #offered: readonly string[] | null = null;
  #agentError: FailureError | null = null;
  #next: ((method: AnyAuthMethod) => void) | null = null;
  #mayBegin = false;
  #failed: ((error: FailureError) => void) | null = null;
  #isOver = false;

  constructor(target: Target, means: Means) {
    this.#target = target;
    this.#means = means;
    this.#left = means.keys;
    this.#dialogue = new Dialogue(target, means, (question, afterPassword) =>
      this.#giveUp(this.#unanswered(question, afterPassword)),
    );
  }

  /** What got us in; safe text. */
  get detail(): string {
    return [...this.#accepted, this.#current ?? 'no authentication asked for'].join(' and ');
  }

  /** Gives leave to begin: the host's key is verified and, where it is new, written down. */
  begin(failed: (error: FailureError) => void): void {
    this.#failed = failed;
    this.#mayBegin = true;
    if (this.#next !== null) this.#try(this.#next);
  }

  /** For ssh2: what to try next. Nothing of ours leaves before `begin`. */
  readonly authenticate: Authenticator = (offered, partial, next) => {
    this.#judge(offered, partial === true);
    this.#next = next;
    if (this.#mayBegin) this.#try(next);
    return undefined;
  };

  /** The server wants the password changed first (RFC 4252 section 8). */
  readonly expired = (): void => {
    this.#giveUp(
      fail('auth-denied', `${this.#who()}: the password has expired and must be changed`),
    );
  };

  /** Why contact ended within the login. */
  broken(error: Error | null): FailureError {
    this.#isOver = true;
    const how = error === null ? 'closed the connection' : error.message;
    const cause = new ContactEnded(how, { cause: error });
    const question = this.#dialogue.close();
    if (question !== null) {
      const text = `${this.#who()}: ${how} before there was an answer to: ${question}`;
      return fail(this.#accepted.length > 0 ? 'auth-partial' : 'auth-denied', text, {
        cause,
      });
    }
    if (this.#current !== null) this.#tried.push(this.#current);
    return fail('auth-denied', `${this.#who()} was not let in: ${how}${this.#tally()}`, {
      cause,
    });
  }

  /** The login is over, whatever became of it: nobody is to be asked any more. */
  close(): void {
    this.#isOver = true;
    this.#dialogue.close();
  }

  /** What became of what was tried last. */
  #judge(offered: readonly string[] | null, partial: boolean): void {
    if (offered !== null) this.#offered = offered;
    if (this.#current === null) return;
    (partial ? this.#accepted : this.#tried).push(this.#current);
    this.#current = null;
  }

  #try(next: (method: AnyAuthMethod) => void): void {
    if (this.#isOver) return;
    const method = this.#chosen();
    if (method === 'later') return;
    if (method !== null) next(method);
    else this.#giveUp(this.#accepted.length > 0 ? this.#partly() : this.#denied());
  }

  #chosen(): AnyAuthMethod | 'later' | null {
    const username = this.#target.user;
    const takes = (method: string): boolean => this.#offered?.includes(method) ?? false;
    const [key, ...left] = this.#left;
    if (key !== undefined && (this.#offered === null || takes('publickey'))) {
      this.#left = left;
      return this.#offer(key);
    }
    // Without any key, one request that asks for nothing learns what the server would take (RFC 4252 section 5.2).
    if (this.#offered === null) return { type: 'none', username };
    this.#dialogue.accepted(this.#accepted.length);
    const isForPerson = this.#accepted.length > 0 || !takes('publickey');
    const password = takes('password') ? this.#dialogue.takePassword() : null;
    if (password !== null) {
      this.#current = 'the password';
      return { type: 'password', username, password };
    }
    if (takes('keyboard-interactive') && this.#dialogue.mayBegin(isForPerson)) {
      this.#current = 'keyboard-interactive';
      return { type: 'keyboard-interactive', username, prompt: this.#dialogue.prompt };
    }
    if (!takes('password') || !isForPerson || !this.#dialogue.mayAsk()) return null;
    this.#current = 'the password';
    this.#dialogue.askPassword((typed) => {
      if (!this.#isOver) this.#next?.({ type: 'password', username, password: typed });
    });
    return 'later';
  }

  #offer(key: LoginKey): AnyAuthMethod {
    this.#current = key.description;
    return keyMethod(this.#means.ssh2, {
      user: this.#target.user,
      blob: key.blob,
      // An agent may have to ask a person: not before the server has said that the key would do.
      signsAtOnce: key.signer === 'file',
      algorithm: (takes) => offeredAlgorithm(key.type, takes),
      sign: (data, algorithm) => key.sign(data, plainName(algorithm)),
      failed: (error) => {
        // A key that could not be used was not refused, and the others may do.
        if (error instanceof FailureError) this.#agentError = error;
        this.#judge(null, false);
        if (this.#next !== null) this.#try(this.#next);
      },
    });
  }

  #giveUp(error: FailureError): void {
    this.close();
    this.#failed?.(error);
  }

  #denied(): FailureError {
    // A key that could not be used was not refused, and is what to look at first.
    if (this.#agentError !== null) return this.#agentError;
    return fail('auth-denied', `${this.#who()} was denied${this.#tally()}`);
  }

  #partly(): FailureError {
    const missing = safeLine((this.#offered ?? []).join(', '), 60);
    const tried = this.#tried.length === 0 ? '' : `; tried ${this.#tried.join(', ')}`;
    return fail(
      'auth-partial',
      `${this.#who()}: ${this.#accepted.join(' and ')} accepted, but the server also asks for ${missing}${tried}`,
    );
  }

  #unanswered(question: string, afterPassword: boolean): FailureError {
    const before = [...this.#accepted, ...(afterPassword ? ['the password'] : [])];
    const asks = `the server asks for: ${question}`;
    if (before.length === 0) return fail('auth-denied', `${this.#who()}: ${asks}`);
    return fail('auth-partial', `${this.#who()}: ${before.join(' and ')} given, but ${asks}`);
  }

  #who(): string {
    return `login of ${this.#target.user} on ${endpoint(this.#target)}`;
  }

  /** What the server takes and what we had, for people to compare. */
  #tally(): string {
    const offered =
      this.#offered === null ? '' : `; it takes ${safeLine(this.#offered.join(', '), 60)}`;
    const tried = this.#tried.length === 0 ? 'no key to try' : `tried ${this.#tried.join(', ')}`;
    const [missing] = this.#means.passedOver;
    // What to do something about comes before what a cut may take.
    return `${offered}${missing === undefined ? '' : `; ${missing}`}; ${tried}`;
  }
}
