import { errorCode } from '../../base/system-error.ts';
import type { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import { IDENT } from '../ssh2.ts';
import type { Attempt } from './attempt.ts';
import type { Carrier } from './carrier.ts';
import { GreetingLines } from './greeting-lines.ts';

/**
 * Exchanges identification lines (RFC 4253 section 4.2) on the bare socket, because ssh2 tells a server that sheds load,
 * one that is no SSH server and one that hangs up all in the same words. Resolves to the server's line; the socket is
 * left paused, and gives that line first to its next reader.
 */
export function greet(attempt: Attempt, socket: Carrier): Promise<string> {
  const { target } = attempt.request;
  const lines = new GreetingLines();
  const expired = (waitedMs: number, limitMs: number): FailureError =>
    tooSlow(target, lines, waitedMs, limitMs);
  return attempt.step<string>(expired, (greeted, failed) => {
    let reset: Error | null = null;
    const over = (): void => failed(hungUp(target, lines, reset));
    const lost = (error: Error): void => {
      reset = error;
    };
    const read = (chunk: Buffer): void => {
      const state = lines.add(chunk);
      if (state.kind === 'more') return;
      socket.off('data', read).off('end', over).off('close', over).off('error', lost);
      socket.pause();
      if (state.kind === 'wrong') {
        failed(notSsh(target, lines, state.why));
        return;
      }
      socket.unshift(state.rest);
      greeted(state.line);
    };
    socket.on('data', read).on('end', over).on('close', over).on('error', lost);
    // Ours goes out at once and not when the server's is there: that saves a round trip, and some wait for it.
    socket.write(`SSH-2.0-${IDENT}\r\n`);
  });
}

function tooSlow(
  target: Target,
  lines: GreetingLines,
  waitedMs: number,
  limitMs: number,
): FailureError {
  lines.close();
  if (lines.sample !== '') return notSsh(target, lines, 'no SSH greeting came');
  const what = lines.begun ? 'its SSH greeting is incomplete' : 'it sent no SSH greeting';
  return fail(
    'banner-timeout',
    `connected to ${endpoint(target)}, but ${what} after ${seconds(waitedMs)} (limit ${seconds(limitMs)})`,
  );
}

function hungUp(target: Target, lines: GreetingLines, reset: Error | null): FailureError {
  lines.close();
  const { sample } = lines;
  if (BUSY.test(sample)) {
    return fail('target-busy', `${endpoint(target)} turns logins away for now: ${sample}`);
  }
  if (sample !== '') return notSsh(target, lines, 'it hung up without an SSH greeting');
  const how = errorCode(reset) === 'ECONNRESET' ? 'reset' : 'closed';
  const when = lines.begun ? 'within its SSH greeting' : 'before any SSH greeting';
  return fail(
    'closed-early',
    `${endpoint(target)} accepted the connection, then ${how} it ${when}`,
  );
}

function notSsh(target: Target, lines: GreetingLines, why: string): FailureError {
  const said = lines.sample === '' ? '' : `; it said: ${lines.sample}`;
  return fail('protocol', `${endpoint(target)} does not speak SSH: ${why}${said}`);
}

/** sshd's words for MaxStartups and for its penalties (OpenSSH 9.8), and those of others for the same. */
const BUSY = /MaxStartups|Not allowed at this time|too many (?:connections|sessions|logins)/iu;
