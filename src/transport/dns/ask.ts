import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { abortReason, onceAborted, throwIfAborted } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import { decodeAnswer, encodeQuestion, type DnsAnswer } from './message.ts';

export interface DnsServer {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

export interface DnsQuestion {
  readonly name: string;
  /** The number of a record type. */
  readonly type: number;
  readonly servers: readonly DnsServer[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** No server that was asked has answered at all: other questions would fare no better. */
export class NoNameServer extends Error {
  override readonly name = 'NoNameServer';
}

/**
 * Asks a recursive resolver for records that Node's own resolver does not know. One server after the other, each twice; by
 * TCP where an answer does not fit a datagram. Rejects with an Error whose message says why there is no answer, a
 * NoNameServer where that is no matter of this question, or with the signal's reason.
 */
export async function askDns(question: DnsQuestion): Promise<DnsAnswer> {
  const { name, type, servers, signal } = question;
  const message = encodeQuestion(randomInt(0, 0x1_0000), name, type);
  if (message === null) throw new Error('it is no name that DNS could have');
  let last: Error = new NoNameServer('no name server is known');
  for (const waitMs of WAITS_MS) {
    for (const server of servers) {
      throwIfAborted(signal);
      try {
        const answer = await askServer(question, server, message, waitMs);
        if (answer.code === NO_ERROR || answer.code === NO_SUCH_NAME) return answer;
        last = new Error(`the name server says error ${answer.code}`);
      } catch (error) {
        throwIfAborted(signal);
        // One that has answered, if only with a refusal, tells more than one that has not.
        if (last instanceof NoNameServer && error instanceof Error) last = error;
      }
    }
  }
  throw last;
}

async function askServer(
  question: DnsQuestion,
  server: DnsServer,
  message: Buffer,
  waitMs: number,
): Promise<DnsAnswer> {
  const answer = await exchange(question, waitMs, (done) => byDatagram(server, message, done));
  if (!answer.isCut) return answer;
  return exchange(question, waitMs, (done) => byStream(server, message, done));
}

/** Called with an answer or with why there is none; only the first call counts. */
type Done = (result: DnsAnswer | Error) => void;

/** `begin` returns what closes what it has opened. */
function exchange(
  { clock, signal }: DnsQuestion,
  waitMs: number,
  begin: (done: Done) => () => void,
): Promise<DnsAnswer> {
  return new Promise((resolve, reject) => {
    let close = (): void => undefined;
    const done: Done = (result) => {
      timer.cancel();
      unlisten();
      close();
      if (result instanceof Error) reject(result);
      else resolve(result);
    };
    const timer = clock.after(waitMs, () =>
      done(new NoNameServer('the name server did not answer')),
    );
    const unlisten = onceAborted(signal, () => done(abortReason(signal)));
    close = begin(done);
  });
}

function byDatagram({ address, port }: DnsServer, message: Buffer, done: Done): () => void {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let isOpen = true;
  socket.on('error', (error) => done(noContact(error)));
  // Others than the server cannot send to a connected socket; what is no answer of its own is not waited for in vain.
  socket.on('message', (bytes) => {
    const answer = decodeAnswer(bytes, message);
    if (answer !== null) done(answer);
  });
  socket.connect(port, address, () => {
    if (isOpen) socket.send(message, (error) => error !== null && done(noContact(error)));
  });
  return () => {
    if (isOpen) socket.close();
    isOpen = false;
  };
}

/** RFC 1035 section 4.2.2: each message after its length. */
function byStream({ address, port }: DnsServer, message: Buffer, done: Done): () => void {
  const socket = connect({ host: address, port });
  let bytes = Buffer.alloc(0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.on('error', (error) => done(noContact(error)));
  socket.on('end', () => done(new Error('the name server hung up')));
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
    const answer = decodeAnswer(bytes.subarray(2, 2 + bytes.readUInt16BE(0)), message);
    done(answer === null || answer.isCut ? new Error('the name server answers nonsense') : answer);
  });
  socket.write(Buffer.concat([length, message]));
  return () => void socket.destroy();
}

function noContact(error: Error): Error {
  return new NoNameServer(`no contact with the name server: ${errorCode(error) ?? error.message}`, {
    cause: error,
  });
}

const NO_ERROR = 0;
const NO_SUCH_NAME = 3;
/** A datagram may be lost; a resolver that has to ask others may take a while. */
const WAITS_MS: readonly number[] = [1500, 3500];
