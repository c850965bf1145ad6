import type { Clock } from '../base/clock.ts';
import type { Channel, ChannelListener, Connection, ExecOptions } from '../model/ports/transport.ts';

/** A command that a host has accepted, and what a stop needs to know about it. */
export interface RemoteCommand {
  readonly connection: Connection;
  readonly channel: Channel;
  /** When it was sent, by the monotonic clock: none of its processes is older. */
  readonly sentAt: number;
}

/** Every kind of work sends its commands through here: a stop must know which of them ran side by side. */
export async function sendCommand(
  clock: Clock,
  connection: Connection,
  text: string,
  listener: ChannelListener,
  options?: ExecOptions,
): Promise<RemoteCommand> {
  const sentAt = clock.monotonic();
  const before = connection.running;
  const channel = await connection.exec(text, listener, options);
  const others = [...before, ...connection.running].filter((other) => other !== channel);
  if (others.length > 0) for (const one of [channel, ...others]) COMPANIED.add(one);
  return { connection, channel, sentAt };
}

/** Whether another command ran on the same connection at any time of this one's life. */
export function hadCompany({ channel }: RemoteCommand): boolean {
  return COMPANIED.has(channel);
}

const COMPANIED = new WeakSet<Channel>();
