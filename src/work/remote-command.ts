import type { Clock } from '../base/clock.ts';
import type { Become } from '../model/become.ts';
import type {
  Channel,
  ChannelListener,
  Connection,
  ExecOptions,
} from '../model/ports/transport.ts';

/** A command that a host has accepted, and what a stop needs to know about it. */
export interface RemoteCommand {
  readonly connection: Connection;
  readonly channel: Channel;
  /** When it was sent, by the monotonic clock: none of its processes is older. */
  readonly sentAt: number;
  /** When it was accepted: its first process had begun. */
  readonly acceptedAt: number;
  /** As whom it runs, with the password that this took; null: as who logged in. */
  readonly become: Become | null;
  /**
   * What its input comes through: `terminal`: one that was asked for, where bytes are keys; `own-terminal`: one that only
   * becoming another user wants, where bytes are to arrive as they are.
   */
  readonly input: 'pipe' | 'terminal' | 'own-terminal';
}

/** Work sends its commands through here: a stop must know which of them ran side by side. */
export async function sendCommand(
  clock: Clock,
  connection: Connection,
  text: string,
  listener: ChannelListener,
  options?: ExecOptions,
): Promise<RemoteCommand> {
  const before = connection.running;
  const command = await sendBeside(clock, connection, text, listener, options);
  const { channel } = command;
  const others = [...before, ...connection.running].filter((other) => other !== channel);
  if (others.length > 0) for (const one of [channel, ...others]) COMPANIED.add(one);
  return command;
}

/** For a shell that serves the commands of the connection: no company of theirs. */
export async function sendBeside(
  clock: Clock,
  connection: Connection,
  text: string,
  listener: ChannelListener,
  options?: ExecOptions,
): Promise<RemoteCommand> {
  const sentAt = clock.monotonic();
  const channel = await connection.exec(text, listener, options);
  const acceptedAt = clock.monotonic();
  const input = options?.tty === undefined ? 'pipe' : 'terminal';
  return { connection, channel, sentAt, acceptedAt, become: null, input };
}

/** Whether another command ran on the same connection at any time of this one's life. */
export function hadCompany({ channel }: RemoteCommand): boolean {
  return COMPANIED.has(channel);
}

const COMPANIED = new WeakSet<Channel>();
