import { connect, isIP, type Socket } from 'node:net';
import type { Timer } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import type { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import { isDescriptorShortage } from '../descriptors.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import type { Attempt } from './attempt.ts';

/**
 * A TCP connection to the first address that answers: one after the other, the next as soon as one fails or keeps us
 * waiting (RFC 8305 section 5). A shortage of file descriptors is thrown as it came: it tells nothing about the target.
 */
export function dial(attempt: Attempt, addresses: readonly string[]): Promise<Socket> {
  const { target } = attempt.request;
  const from = target.ssh?.bindAddress ?? null;
  const expired = (waitedMs: number): FailureError =>
    fail(
      'connect-timeout',
      `no answer from ${endpoint(target, addresses[0])}: gave up connecting after ${seconds(waitedMs)}`,
    );
  if (from !== null && isIP(from) === 0) {
    return Promise.reject(fail('unreachable', `cannot connect from ${from}: it is no address`));
  }
  const own = from === null ? {} : { localAddress: from };
  return attempt.step<Socket>(expired, (connected, failed) => {
    const open = new Set<Socket>();
    const failures: FailureError[] = [];
    let next = 0;
    let timer: Timer | null = null;
    attempt.undo = () => {
      timer?.cancel();
      for (const socket of open) socket.destroy();
    };

    const tryNext = (): void => {
      timer?.cancel();
      timer = null;
      const address = addresses[next];
      if (address === undefined) return;
      next += 1;
      // Nagle's delay would cost every command 40 ms: it waits for the server's delayed acknowledgement.
      const socket = connect({ ...own, host: address, port: target.port, noDelay: true });
      open.add(socket);
      const lost = (error: Error): void => {
        if (!open.delete(socket)) return;
        if (isDescriptorShortage(error)) {
          attempt.undo?.();
          failed(error);
          return;
        }
        failures.push(asFailure(target, address, error, from));
        if (next < addresses.length) tryNext();
        else if (open.size === 0) failed(mostTelling(failures));
      };
      // `ignore` is for the socket's life, and knows nothing of this attempt, which a kept connection must not hold on to:
      // an error between two phases, or after the end, must find a listener.
      socket.on('error', ignore).on('error', lost);
      socket.once('connect', () => {
        socket.off('error', lost);
        open.delete(socket);
        attempt.undo?.();
        attempt.undo = () => void socket.destroy();
        connected(socket);
      });
      if (next < addresses.length) timer = attempt.clock.after(STAGGER_MS, tryNext);
    };
    tryNext();
  });
}

/** Of several addresses that failed, one that answered tells most. */
function mostTelling(failures: readonly FailureError[]): FailureError {
  return (
    failures.find(({ failure }) => failure.code === 'refused') ??
    failures[0] ??
    fail('unreachable', 'no address to connect to')
  );
}

function asFailure(
  target: Target,
  address: string,
  error: Error,
  from: string | null,
): FailureError {
  const where = endpoint(target, address);
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return fail('refused', `connection refused by ${where}`, { cause: error });
    case 'ETIMEDOUT':
      return fail('connect-timeout', `no answer from ${where}`, { cause: error });
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
      return fail('unreachable', `no route to ${where}`, { cause: error });
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return fail('unreachable', `no route to the network of ${where}`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      if (from !== null) {
        return fail('unreachable', `cannot connect from ${from} to ${where}`, { cause: error });
      }
      return fail('unreachable', `cannot connect to ${where}: ${error.message}`, { cause: error });
    case null:
    default:
      return fail('unreachable', `cannot connect to ${where}: ${error.message}`, { cause: error });
  }
}

function ignore(): void {}

/** RFC 8305 section 8. */
const STAGGER_MS = 250;
