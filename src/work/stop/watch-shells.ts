import type { Clock } from '../../base/clock.ts';
import type { Channel } from '../../model/ports/transport.ts';
import { within } from './patience.ts';

/**
 * Shells that do nothing but watch over a halted command. Servers allow a connection only so many sessions (sshd:
 * MaxSessions, 10): who needs one more urgently may have that of such a shell.
 */
export function keepsWatch(channel: Channel, leave: () => void): void {
  WATCHING.set(channel, leave);
}

export function watchesNoMore(channel: Channel): void {
  WATCHING.delete(channel);
}

/** Sends one of them away, and waits until it is gone. False: there is none on this connection. */
export async function makeRoom(running: readonly Channel[], clock: Clock): Promise<boolean> {
  for (const channel of running) {
    const leave = WATCHING.get(channel);
    if (leave === undefined) continue;
    WATCHING.delete(channel);
    leave();
    await within(clock, LEAVE_MS, channel.ended);
    return true;
  }
  return false;
}

const WATCHING = new WeakMap<Channel, () => void>();
const LEAVE_MS = 1_000;
