import type { Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { DEADLINES } from '../../model/deadlines.ts';
import type { FailureError } from '../../model/failure.ts';
import type { FileSession } from '../../model/ports/files.ts';
import type { Channel, ChannelEnd, ChannelListener } from '../../model/ports/transport.ts';
import { fail, seconds } from '../failures.ts';
import { greet } from './greeting.ts';
import { Requests } from './requests.ts';
import { SftpSession } from './session.ts';

/** Opens the subsystem's channel. */
export type OpenChannel = (listener: ChannelListener) => Promise<Channel>;

/** Starts an SFTP session on a channel of its own. `where` names the host in messages. */
export async function startSftp(
  clock: Clock,
  where: string,
  open: OpenChannel,
): Promise<FileSession> {
  let requests: Requests | null = null;
  const first: Buffer[] = [];
  const channel = await open({
    data: (stream, bytes) => {
      // What it complains of on stderr has no place in the conversation.
      if (stream === 'error') return;
      if (requests !== null) requests.take(bytes);
      else first.push(Buffer.from(bytes));
    },
  });
  const talk = new Requests(channel, (error) => broken(where, error));
  requests = talk;
  for (const bytes of first) talk.take(bytes);
  void channel.ended.then((end) => talk.end(over(where, end)));
  const silent = clock.after(DEADLINES.execReplyMs, () => {
    talk.end(
      fail('exec-refused', `${where} did not begin SFTP in ${seconds(DEADLINES.execReplyMs)}`),
    );
  });
  try {
    const greeting = await greet(talk);
    return new SftpSession(talk, greeting, () => leave(clock, where, channel, talk));
  } catch (error) {
    channel.close();
    throw error;
  } finally {
    silent.cancel();
  }
}

/** A server that has no more input ends by itself; one that does not has its channel closed. */
async function leave(
  clock: Clock,
  where: string,
  channel: Channel,
  requests: Requests,
): Promise<void> {
  requests.end(fail('lost', `the SFTP session with ${where} was closed`));
  channel.endInput();
  const late = clock.after(LEAVE_MS, () => channel.close());
  await channel.ended;
  late.cancel();
}

function broken(where: string, error: unknown): FailureError {
  const what = error instanceof Error ? error.message : String(error);
  const hint = 'its SFTP server sent what is no SFTP';
  return fail('transfer', `${where}: ${hint} (${safeLine(what, 80)})`, { cause: error });
}

function over(where: string, end: ChannelEnd): FailureError {
  if (end.kind !== 'lost') return fail('lost', `${where} ended the SFTP session`);
  // The channel speaks of a command, and there is none.
  return fail('lost', `${where}: ${end.reason.replace('; the command may still run', '')}`);
}

const LEAVE_MS = 1000;
