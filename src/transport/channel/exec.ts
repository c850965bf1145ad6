import type { Clock, Timer } from '../../base/clock.ts';
import { DEADLINES } from '../../model/deadlines.ts';
import type { FailureError } from '../../model/failure.ts';
import type { ChannelListener } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Link } from '../connect/link.ts';
import type { ExecRequest } from '../exec-request.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import { execCommand, type Opened } from '../ssh2.ts';
import { ExecChannel } from './exec-channel.ts';

/** What a connection keeps account of. */
export interface ExecBook {
  /** The command was sent: it may run from now on. */
  sent(channel: ExecChannel): void;
  /** The host has nothing of it any more. */
  readonly reported: (channel: ExecChannel) => void;
  /** The server gives the command no terminal; it runs without. */
  readonly noTerminal: () => void;
  /** The server left a request without an answer. */
  unanswered(): void;
}

/** Opens a channel and sends a command, at most once. See Connection.exec; for a subsystem, Connection.sftp. */
export function exec(
  clock: Clock,
  link: Link,
  target: Target,
  request: ExecRequest,
  listener: ChannelListener,
  book: ExecBook,
): Promise<ExecChannel> {
  return new Promise((resolve, reject) => {
    let channel: ExecChannel | null = null;
    let isGivenUp = false;
    /** When what is under way is given up: the opening, then the reply. */
    let due = clock.monotonic() + DEADLINES.openMs;
    const giveUp = (failure: FailureError): void => {
      isGivenUp = true;
      book.unanswered();
      reject(failure);
    };
    // One timer for both: most commands are answered long before it looks.
    const look = (): void => {
      const left = due - clock.monotonic();
      if (left > 0) timer = clock.after(left, look);
      else if (channel === null) giveUp(unopened(target));
      else giveUp(unanswered(target, request));
    };
    let timer: Timer | null = null;
    const sent = (): void => {
      // ssh2 may ask for the environment more than once.
      if (channel !== null) return;
      // It was reported as not sent, so it must not be: ssh2 takes this for an error of the connection, and ends it.
      if (isGivenUp) throw new Error('a channel came after its time');
      channel = new ExecChannel(clock, link, listener, book.reported);
      book.sent(channel);
      due = clock.monotonic() + DEADLINES.execReplyMs;
    };
    if (link.isOver) {
      reject(
        fail('channel-refused', `connection to ${endpoint(target)} is closed; nothing was sent`),
      );
      return;
    }
    timer = clock.after(DEADLINES.openMs, look);
    const done = (error: Error | undefined, opened: Opened | null): void => {
      timer?.cancel();
      if (opened !== null && channel !== null) {
        channel.attach(opened);
        if (!request.hasInput) channel.endInput();
        if (isGivenUp) channel.close();
        else resolve(channel);
        return;
      }
      if (channel !== null) book.reported(channel);
      reject(refused(target, link, request, error, channel !== null));
    };
    try {
      execCommand(link.client, request, sent, book.noTerminal, done);
    } catch (error) {
      // ssh2 throws where its socket is no longer writable.
      done(error instanceof Error ? error : undefined, null);
    }
  });
}

function refused(
  target: Target,
  link: Link,
  { command, isSubsystem }: ExecRequest,
  error: Error | undefined,
  wasSent: boolean,
): FailureError {
  const where = endpoint(target);
  if (link.isOver && wasSent && isSubsystem !== true) {
    const why = link.error?.message ?? 'closed by the other side';
    const message = `connection lost before the reply to the command; it may run (${why})`;
    return lost(message, link.via);
  }
  if (link.isOver) {
    const { via } = link;
    const what = via === null ? `connection to ${where}` : 'connection';
    return fail('channel-refused', `${what} was lost before the command was sent`, { via });
  }
  if (wasSent && isSubsystem === true) {
    return fail('exec-refused', `${where} has no ${command.toUpperCase()} subsystem`);
  }
  if (wasSent) {
    return fail('exec-refused', `${where} let us in, but refused to run the command`);
  }
  const why = error?.message.replace(/^\(SSH\) Channel open failure: /u, '') ?? '';
  return fail('channel-refused', `${where} refused to open a channel: ${why}`, { cause: error });
}

function unopened(target: Target): FailureError {
  const limit = seconds(DEADLINES.openMs);
  return fail('channel-refused', `${endpoint(target)} did not open a channel in ${limit}`);
}

function unanswered(target: Target, { isSubsystem }: ExecRequest): FailureError {
  const limit = seconds(DEADLINES.execReplyMs);
  if (isSubsystem === true) {
    return fail('exec-refused', `${endpoint(target)} did not begin a subsystem in ${limit}`);
  }
  return lost(`no reply to the command after ${limit}; it may run`);
}

function lost(message: string, via: string | null = null): FailureError {
  return fail('lost', message, { mayHaveRun: true, via });
}
