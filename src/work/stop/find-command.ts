import { delay, type Clock } from '../../base/clock.ts';
import { hadCompany, type RemoteCommand } from '../remote-command.ts';
import type { HostShell } from './host-shell.ts';
import { choose, parseListing, type HostProcess } from './listing.ts';
import { within } from './patience.ts';

/**
 * The command's process on its host; null where it has ended itself; or why it was not found. `slow` is what to do with an
 * answer that takes its time: wait on, or give up with null.
 */
export async function findCommand(
  command: RemoteCommand,
  shell: HostShell,
  clock: Clock,
  slow: (answer: Promise<readonly string[]>) => Promise<readonly string[] | null>,
): Promise<HostProcess | null | string> {
  let line = shell.next();
  for (let look = 1; ; look += 1) {
    const words = (await within(clock, ANSWER_MS, line)) ?? (await slow(line));
    if (words === null || words.length === 0) {
      // Whatever runs there in place of a shell is not to stay.
      shell.channel.signal('KILL');
      return 'the host has no shell that answers';
    }
    const listing = parseListing(words);
    if (listing === null) return 'the host cannot list its processes';
    const choice = choose(listing, command.connection.running, shell.channel, command.channel);
    if (choice === 'over') return null;
    if (choice !== 'unclear') return choice;
    if (look === MOST_LOOKS) return 'its process could not be told from others';
    await delay(clock, LOOK_PAUSE_MS * look);
    line = shell.next();
    shell.say('list');
  }
}

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
