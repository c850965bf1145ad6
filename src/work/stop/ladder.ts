import { DEADLINES } from '../../model/deadlines.ts';
import { delay, type Clock } from '../../base/clock.ts';
import { hadCompany, type RemoteCommand } from '../remote-command.ts';
import { endBySignal } from './by-signal.ts';
import { doubt, endingOf, type Ending } from './ending.ts';
import type { HostShell, HostShellOptions } from './host-shell.ts';
import { choose, parseListing, type HostProcess } from './listing.ts';
import { openBeside } from './open-beside.ts';
import { within } from './patience.ts';

export interface LadderOptions extends HostShellOptions {
  readonly clock: Clock;
  /** From TERM to KILL, milliseconds. */
  readonly graceMs: number;
}

/**
 * Ends a command on its host with all that descends from it: TERM, a grace time, KILL, and a look that nothing is left;
 * then its channel is closed. A signal over that channel would not do: servers let it reach only one process group, and
 * root's not at all. So a shell on a second channel does it; where a host has none, the signal is all there is. Settles
 * within the grace time and a few seconds more, whatever the host does.
 */
export async function endCommand(command: RemoteCommand, options: LadderOptions): Promise<Ending> {
  const { clock, graceMs } = options;
  const { channel } = command;
  const over = new AbortController();
  const cut = new Promise<Ending>((resolve) => {
    const timer = clock.after(graceMs + BOUND_MS, () => resolve(doubt('the host took too long')));
    over.signal.addEventListener('abort', () => timer.cancel());
    void channel.ended.then((end) => {
      if (end.kind === 'lost') resolve(doubt('the connection was lost'));
    });
  });
  try {
    return await Promise.race([climb(command, options, over.signal), cut]);
  } finally {
    over.abort();
    channel.close();
  }
}

async function climb(
  command: RemoteCommand,
  options: LadderOptions,
  over: AbortSignal,
): Promise<Ending> {
  const shell = await openBeside(command, options, over);
  if (typeof shell === 'string') return endBySignal(command, options, shell, over);
  if (over.aborted) {
    shell.close();
    return doubt('the host took too long');
  }
  over.addEventListener('abort', () => shell.close());
  // From the command to the script: how old the command's processes can be, where it is over itself.
  const ageMs = Math.ceil(options.clock.monotonic() - command.sentAt);
  const found = await find(command, shell, options);
  if (typeof found === 'string') return endBySignal(command, options, found, over);
  shell.say(order(found, ageMs, command, options));
  const ending = endingOf(await shell.next());
  // The script goes with its last line; a connection with nothing running can serve again.
  await within(options.clock, LEAVE_MS, shell.channel.ended);
  return ending.confirmed ? lastWord(command, options.clock) : ending;
}

/** The command's process; null where it has ended itself; or why it was not found. */
async function find(
  command: RemoteCommand,
  shell: HostShell,
  { clock, graceMs }: LadderOptions,
): Promise<HostProcess | null | string> {
  let line = shell.next();
  for (let look = 1; ; look += 1) {
    const words =
      (await within(clock, ANSWER_MS, line)) ?? (await hurried(command, line, clock, graceMs));
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

/** A host that is slow to answer is sent the plain signal meanwhile. */
function hurried<T>(
  command: RemoteCommand,
  answer: Promise<T>,
  clock: Clock,
  graceMs: number,
): Promise<T | null> {
  command.channel.signal('TERM');
  return within(clock, graceMs, answer);
}

function order(
  found: HostProcess | null,
  ageMs: number,
  command: RemoteCommand,
  { graceMs }: LadderOptions,
): string {
  const alone = hadCompany(command) ? 0 : 1;
  const grace = Math.round(graceMs);
  return found === null
    ? `since ${ageMs} ${alone} ${grace}`
    : `end ${found.pid} ${found.start} ${alone} ${grace}`;
}

/** The output ends with the last process that has it open: one that nobody could see shows here. */
async function lastWord({ channel }: RemoteCommand, clock: Clock): Promise<Ending> {
  let isOver = false;
  void channel.ended.then(() => {
    isOver = true;
  });
  // An end that is in already was timed by the first process to die, not by the last.
  await Promise.resolve();
  const wasOver = isOver;
  const end = await within(clock, LAST_WORD_MS, channel.ended);
  const isHeld = !wasOver && end !== null && 'drained' in end && !end.drained;
  return isHeld ? doubt('something keeps its output open') : { confirmed: true, note: null };
}

/** Beyond the grace time, for finding the process before and for KILL after it. */
const BOUND_MS = 8_000;
/** Login shells may have much to do before they run anything, but not longer than this. */
const ANSWER_MS = 3_000;
/** From the script's last line to its end. */
const LEAVE_MS = 250;
/** A command that ends while it is looked for makes the counts differ once. */
const MOST_LOOKS = 6;
const LOOK_PAUSE_MS = 15;
/** More than the time for which output is drained. */
const LAST_WORD_MS: number = DEADLINES.drainMs + 500;
