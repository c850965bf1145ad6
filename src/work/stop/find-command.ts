import { delay, type Clock } from '../../base/clock.ts';
import { hadCompany, type RemoteCommand } from '../remote-command.ts';
import { choose, parseListing, type HostProcess } from './listing.ts';
import { within } from './patience.ts';
import type { Lease } from './shared-shell.ts';

/**
 * The command's process on its host; null where it has ended itself; or why it was not found. `slow` is what to do with an
 * answer that takes its time: wait on, or give up with null.
 */
export async function findCommand(
  { connection, channel }: RemoteCommand,
  lease: Lease,
  clock: Clock,
  slow: (answer: Promise<readonly string[]>) => Promise<readonly string[] | null>,
): Promise<HostProcess | null | string> {
  const { shell } = lease;
  for (let looks = 1; ; looks += 1) {
    const { answer, sent } = shell.look(channel);
    const words = (await within(clock, ANSWER_MS, answer)) ?? (await slow(answer));
    if (words === null || words.length === 0) {
      lease.discard();
      if (words !== null && shell.isAnswering) return SHELL_ENDED;
      // Whatever runs there in place of a shell is not to stay.
      shell.channel.signal('KILL');
      return 'the host has no shell that answers';
    }
    const listing = parseListing(words);
    if (listing === null) return 'the host cannot list its processes';
    const choice = choose(listing, { sent, running: connection.running }, shell.channel, channel);
    if (choice === 'over') return null;
    if (choice !== 'unclear') return choice;
    if (looks === MOST_LOOKS) return 'its process could not be told from others';
    await delay(clock, LOOK_PAUSE_MS * looks);
  }
}

/** It had answered before: somebody may have ended it, and another one may do. */
export const SHELL_ENDED = 'the shell on the host has ended';

/** What the script needs to know of a command that was found: its process, and whether the environment tells it apart. */
export function aimAt({ pid, start }: HostProcess, command: RemoteCommand): string {
  return `${pid} ${start} ${isAlone(command)}`;
}

export function isAlone(command: RemoteCommand): 0 | 1 {
  return hadCompany(command) ? 0 : 1;
}

/** Login shells may have much to do before they run anything, but not longer than this. */
const ANSWER_MS = 3_000;
/** A command that ends while it is looked for makes the counts differ once. */
const MOST_LOOKS = 6;
const LOOK_PAUSE_MS = 15;
