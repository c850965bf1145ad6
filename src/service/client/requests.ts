import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { abortReason, throwIfAborted } from '../../base/abort.ts';
import { ConfigError } from '../../model/errors.ts';
import { thrownError, type PassphraseWanted, type WireError } from '../wire/errors.ts';
import { FRAMES, VERSION_HEADER } from '../wire/protocol.ts';
import { trusted } from './trusted.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface RequestOptions {
  /** Sent as JSON. */
  readonly body?: object;
  /** Gives up the request, also while its answer is awaited. */
  readonly signal?: AbortSignal | undefined;
}

/** HTTP on the controller's socket. Throws ConfigError `service` where the controller is gone. */
export class Requests {
  readonly #socketPath: string;
  readonly #version: string;
  readonly #agent = new Agent({ keepAlive: true, timeout: IDLE_MS });

  constructor(socketPath: string, version: string) {
    this.#socketPath = socketPath;
    this.#version = version;
  }

  /** The answer in full. Throws what the controller threw. */
  async call<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.open(method, path, options);
    return answerOf<T>(response, options.signal);
  }

  /** The head of an answer, whose body is yet to come. Throws what the controller threw. */
  async open(method: Method, path: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    const { body, signal } = options;
    if (signal !== undefined) throwIfAborted(signal);
    const text = body === undefined ? null : JSON.stringify(body);
    const sent = this.begin(method, path, text === null ? {} : jsonHeaders(text));
    sent.end(text ?? undefined);
    return accepted(await responseOf(sent, signal), signal);
  }

  /** A request whose body the caller writes. */
  begin(method: Method, path: string, headers: Readonly<Record<string, string>>): ClientRequest {
    return request({
      socketPath: this.#socketPath,
      agent: this.#agent,
      method,
      path,
      headers: { [VERSION_HEADER]: this.#version, accept: FRAMES, ...headers },
    });
  }

  /** Closes every connection; what is still asked for fails. */
  close(): void {
    this.#agent.destroy();
  }
}

/** Resolves with the head of the answer. */
export function responseOf(
  sent: ClientRequest,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void sent.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    const done = (): void => signal?.removeEventListener('abort', abort);
    sent.once('response', (response) => {
      done();
      resolve(response);
    });
    // Not once: a connection that breaks tells so for what was written and for what was awaited.
    sent.on('error', (error) => {
      done();
      reject(signal?.aborted === true ? abortReason(signal) : wentAway(error));
    });
  });
}

/** The rest of an answer. */
export async function answerOf<T>(response: IncomingMessage, signal?: AbortSignal): Promise<T> {
  return trusted<T>(JSON.parse(await textOf(response, signal)));
}

/** Throws what the controller threw, where it is no success. */
export async function accepted(
  response: IncomingMessage,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const { statusCode = 0 } = response;
  if (statusCode < 300) return response;
  throw refusedBy(statusCode, await textOf(response, signal));
}

async function textOf(response: IncomingMessage, signal: AbortSignal | undefined): Promise<string> {
  const abort = (): void => void response.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  const chunks: Buffer[] = [];
  try {
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    await new Promise<void>((resolve, reject) => {
      response.once('end', resolve);
      response.once('error', reject);
      response.once('close', () => reject(new Error('closed')));
    });
  } catch (error) {
    throw signal?.aborted === true ? abortReason(signal) : wentAway(error);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The controller lacks the passphrase of a key file. */
export class PassphraseRefusal extends Error {
  override readonly name = 'PassphraseRefusal';
  readonly file: string;

  constructor({ message, file }: PassphraseWanted) {
    super(message);
    this.file = file;
  }
}

function refusedBy(status: number, text: string): Error {
  if (status === 431) return new ConfigError('usage', 'the request names too many jobs or hosts');
  if (!text.startsWith('{')) return new Error(`the controller answered with status ${status}`);
  const { error } = trusted<{ readonly error: WireError | PassphraseWanted }>(JSON.parse(text));
  return 'file' in error ? new PassphraseRefusal(error) : thrownError(error);
}

export function wentAway(cause: unknown): ConfigError {
  return new ConfigError('service', 'the controller went away', {
    cause,
    hint: 'its jobs and results are gone with it',
  });
}

function jsonHeaders(text: string): Readonly<Record<string, string>> {
  const length = Buffer.byteLength(text);
  return { 'content-type': 'application/json', 'content-length': String(length) };
}

/** Less than the server keeps an idle connection: else a request could meet its closing. */
const IDLE_MS = 20_000;
