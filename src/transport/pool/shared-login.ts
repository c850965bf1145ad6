import { abortReason, onceAborted } from '../../base/abort.ts';
import { FailureError } from '../../model/failure.ts';
import type { ConnectRequest, PhaseObserver } from '../../model/ports/transport.ts';
import type { LoginKey } from '../credentials/credentials.ts';
import type { Place } from '../place.ts';

/** What a login gives places on when it has succeeded. */
export interface Lender {
  readonly hasRoom: boolean;
  lend(request: ConnectRequest): Place;
}

/** Who waits for a login. */
interface Member {
  readonly request: ConnectRequest;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: Error) => void;
  /** Takes the wait for its signal back. */
  readonly unlisten: () => void;
}

/** A login that is wanted or under way, and those who wait for it: they share its connection, or its failure. */
export class SharedLogin {
  readonly key: string;
  readonly keys: readonly LoginKey[];
  /** Of the login's phases and lines everybody hears who waits by then. */
  readonly observer: PhaseObserver;
  readonly #places: number;
  readonly #members = new Set<Member>();
  /** Called when the last one has left, with why. */
  readonly #deserted: (login: SharedLogin, reason: Error) => void;

  constructor(
    key: string,
    keys: readonly LoginKey[],
    first: ConnectRequest,
    places: number,
    deserted: (login: SharedLogin, reason: Error) => void,
  ) {
    this.key = key;
    this.keys = keys;
    this.#places = places;
    this.#deserted = deserted;
    this.observer = {
      phase: (...passed) => this.#each(({ observer }) => observer.phase(...passed)),
      trace:
        first.observer.trace === null
          ? null
          : (text) => this.#each(({ observer }) => observer.trace?.(text)),
      warning: (text) => this.first?.observer.warning(text),
    };
  }

  /** Has a member ask, and the next one where that one is stopped meanwhile. null: nobody can be asked. */
  get ask(): ConnectRequest['ask'] {
    if (this.first?.ask === null) return null;
    return async (question) => {
      for (;;) {
        const asking = this.first;
        if (asking === null || asking.ask === null) throw new Error('nobody waits for the login');
        try {
          return await asking.ask(question);
        } catch (error) {
          if (!asking.signal.aborted || this.first === null) throw error;
        }
      }
    };
  }

  /** Who has waited longest; null: nobody waits. */
  get first(): ConnectRequest | null {
    for (const { request } of this.#members) return request;
    return null;
  }

  /** Whether it may serve one more, who would log in with these keys. Its failure names the host: that is to be the same. */
  hasRoomFor({ target }: ConnectRequest, keys: readonly LoginKey[]): boolean {
    if (this.#members.size >= this.#places || this.first?.target.name !== target.name) return false;
    return isSame(this.keys, keys);
  }

  /** Waits for the login. A signal that is aborted takes only its own request away. */
  join(request: ConnectRequest): Promise<Place> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      const leave = (): void => {
        this.#members.delete(member);
        reject(abortReason(signal));
        if (this.#members.size === 0) this.#deserted(this, abortReason(signal));
      };
      const unlisten = onceAborted(signal, leave);
      const member: Member = { request, resolve, reject, unlisten };
      this.#members.add(member);
    });
  }

  /** Gives places to those who wait, as long as there are any. */
  serve(lender: Lender): void {
    for (const member of this.#members) {
      if (!lender.hasRoom) return;
      this.#take(member).resolve(lender.lend(member.request));
    }
  }

  /** Everybody hears of the failure, in an error of their own. */
  fail(error: Error): void {
    for (const member of this.#members) {
      const own =
        error instanceof FailureError ? new FailureError(error.failure, { cause: error }) : error;
      this.#take(member).reject(own);
    }
  }

  #take(member: Member): Member {
    this.#members.delete(member);
    member.unlisten();
    return member;
  }

  #each(tell: (request: ConnectRequest) => void): void {
    for (const { request } of this.#members) tell(request);
  }
}

/** Two jobs may have read the same files: what counts is what the server would be offered. */
function isSame(keys: readonly LoginKey[], others: readonly LoginKey[]): boolean {
  if (keys === others) return true;
  if (keys.length !== others.length) return false;
  return keys.every((key, index) => key.fingerprint === others[index]?.fingerprint);
}
