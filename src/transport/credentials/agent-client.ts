import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { readWireString, wireString, wireStrings } from '../host-keys/key-blob.ts';

/** A public key that the agent holds the private half of. */
export interface AgentIdentity {
  readonly blob: Buffer;
  /** The agent's own words, not made safe. */
  readonly comment: string;
}

/** `absent`: nobody listens there, which is no fault. `failed`: it refuses, is silent, or talks nonsense. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly kind: 'absent' | 'failed';

  constructor(kind: 'absent' | 'failed', message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * Speaks to an SSH agent (draft-ietf-sshm-ssh-agent) over its Unix socket. Requests that are under way together share
 * one connection, which the agent answers in order; it is closed when none is left, so there is nothing to dispose of.
 */
export class AgentClient {
  readonly #path: string;
  readonly #clock: Clock;
  #connection: AgentConnection | null = null;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  async identities(): Promise<readonly AgentIdentity[]> {
    const answer = await this.#request(Buffer.from([REQUEST_IDENTITIES]), LIST_MS);
    if (answer[0] !== IDENTITIES_ANSWER || answer.length < 5)
      throw this.#refused('to list its keys');
    const strings = wireStrings(answer.subarray(5));
    if (strings === null || strings.length !== 2 * answer.readUInt32BE(1)) throw this.#nonsense();
    const identities: AgentIdentity[] = [];
    for (let at = 0; at < strings.length; at += 2) {
      const [blob, comment] = strings.slice(at, at + 2);
      if (blob !== undefined && comment !== undefined) {
        identities.push({ blob, comment: comment.toString('utf8') });
      }
    }
    return identities;
  }

  /** The whole signature, whose algorithm must be `algorithm`: an old agent may fall back to SHA-1. */
  async sign(blob: Buffer, data: Buffer, algorithm: string): Promise<Buffer> {
    const flags = Buffer.alloc(4);
    flags.writeUInt32BE(SIGN_FLAGS.get(algorithm) ?? 0);
    const request = [Buffer.from([SIGN_REQUEST]), wireString(blob), wireString(data), flags];
    const answer = await this.#request(Buffer.concat(request), SIGN_MS);
    if (answer[0] !== SIGN_RESPONSE) throw this.#refused('to sign');
    const signature = readWireString(answer, 1);
    const named = signature && readWireString(signature.value, 0);
    if (!signature || !named) throw this.#nonsense();
    if (named.value.toString('latin1') !== algorithm)
      throw this.#refused(`to sign with ${algorithm}`);
    if (!isWholeSignature(signature.value, named.end, algorithm)) throw this.#nonsense();
    return signature.value;
  }

  #request(message: Buffer, limitMs: number): Promise<Buffer> {
    if (this.#connection === null || this.#connection.isClosed) {
      this.#connection = new AgentConnection(this.#path, this.#clock);
    }
    return this.#connection.request(message, limitMs);
  }

  #refused(what: string): AgentError {
    return new AgentError('failed', `the agent at ${this.#path} refused ${what}`);
  }

  #nonsense(): AgentError {
    return new AgentError('failed', `the agent at ${this.#path} does not speak the agent protocol`);
  }
}

interface Waiting {
  readonly resolve: (answer: Buffer) => void;
  readonly reject: (error: AgentError) => void;
  readonly timer: Timer;
}

/** One connection, from its first request to the answer that leaves none waiting, or to its first error. */
class AgentConnection {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #socket: Socket;
  #waiting: Waiting[] = [];
  #received: Buffer = NOTHING;
  isClosed = false;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#socket = connect(path)
      .on('data', (bytes: Buffer) => this.#take(bytes))
      .on('error', (error) => this.#close(this.#explain(error)))
      .on('close', () => this.#close(this.#failed('closed the connection')));
  }

  request(message: Buffer, limitMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(limitMs, () => {
        this.#close(this.#failed(`did not answer in ${limitMs / 1000} s`));
      });
      this.#waiting.push({ resolve, reject, timer });
      this.#socket.write(wireString(message));
    });
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (!this.isClosed && this.#received.length >= 4) {
      if (this.#received.readUInt32BE(0) > MAX_ANSWER_BYTES) {
        this.#close(this.#failed('sent an answer that is too long'));
        return;
      }
      const answer = readWireString(this.#received, 0);
      if (answer === null) return;
      this.#received = this.#received.subarray(answer.end);
      const next = this.#waiting.shift();
      next?.timer.cancel();
      next?.resolve(answer.value);
      if (this.#waiting.length === 0) this.#close(null);
    }
  }

  /** First reason wins: whoever still waits hears it. */
  #close(reason: AgentError | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#socket.destroy();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { timer, reject } of waiting) {
      timer.cancel();
      reject(reason ?? this.#failed('closed the connection'));
    }
  }

  #explain(error: Error): AgentError {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') {
      return new AgentError('absent', `no agent at ${this.#path}`);
    }
    return this.#failed(`cannot be reached: ${code ?? safeLine(error.message, 60)}`);
  }

  #failed(what: string): AgentError {
    return new AgentError('failed', `the agent at ${this.#path} ${what}`);
  }
}

/** What follows the algorithm's name: the signature's value, and of a security key, what it says of itself. */
function isWholeSignature(signature: Buffer, at: number, algorithm: string): boolean {
  const value = readWireString(signature, at);
  if (value === null) return false;
  // An ECDSA signature is two numbers (RFC 5656 section 3.1.2).
  if (algorithm.includes('ecdsa-') && wireStrings(value.value)?.length !== 2) return false;
  // PROTOCOL.u2f, section on signature formats: a byte of flags and a counter.
  return signature.length - value.end === (algorithm.startsWith('sk-') ? 5 : 0);
}

const NOTHING: Buffer = Buffer.alloc(0);
/** draft-ietf-sshm-ssh-agent section 6. */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const SIGN_FLAGS: ReadonlyMap<string, number> = new Map([
  ['rsa-sha2-256', 2],
  ['rsa-sha2-512', 4],
]);
/** AGENT_MAX_LEN in OpenSSH's authfd.c. */
const MAX_ANSWER_BYTES = 256 * 1024;
/** Listing asks nobody; a signature may wait for a person's touch or click, within the 30 s a login may take. */
const LIST_MS = 5_000;
const SIGN_MS = 25_000;
