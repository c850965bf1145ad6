import { DEADLINES } from '../../model/deadlines.ts';
import type { Clock } from '../../base/clock.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { endBySignal } from './by-signal.ts';
import { doubt, endingOf, type Ending } from './ending.ts';
import { aimAt, findCommand, isAlone, SHELL_ENDED } from './find-command.ts';
import type { HostProcess } from './listing.ts';
import { openBeside, whoMaySignal } from './open-beside.ts';
import { within } from './patience.ts';
import type { Lease, SharedShellOptions } from './shared-shell.ts';

export interface LadderOptions extends SharedShellOptions {
  /** From TERM to KILL, milliseconds. */
  readonly graceMs: number;
}

/** A command that is halted, and the shell that holds it so. */
export interface Held {
  readonly lease: Lease;
  readonly process: HostProcess;
}

/**
 * Ends a command on its host with all that descends from it: TERM, a grace time, KILL, and a look that nothing is left;
 * then its channel is closed. A signal over that channel would not do: servers let it reach only one process group, and
 * root's not at all. So a shell on a second channel does it; where a host has none, the signal is all there is. Settles
 * within the grace time and a few seconds more, whatever the host does. `held`: the command is halted, by this shell.
 */
export async function endCommand(
  command: RemoteCommand,
  options: LadderOptions,
  held: Held | null = null,
): Promise<Ending> {
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
    return await Promise.race([climb(command, options, over.signal, held), cut]);
  } finally {
    over.abort();
    channel.close();
  }
}

async function climb(
  command: RemoteCommand,
  options: LadderOptions,
  over: AbortSignal,
  held: Held | null,
): Promise<Ending> {
  const graceMs = Math.round(options.graceMs);
  if (held !== null) {
    const aim = aimAt(held.process, command);
    const order = `end ${aim} ${graceMs}`;
    const ending = await carryOut(order, held.lease, command, options.clock, over);
    if (ending !== null) return ending;
    // Somebody has ended that shell: another one may do.
  }
  for (let shells = 1; shells <= MOST_SHELLS; shells += 1) {
    const lease = await openBeside(command, options, over);
    if (typeof lease === 'string') return endBySignal(command, options, lease, over);
    releaseAfter(lease, over);
    if (over.aborted) return doubt('the host took too long');
    const found = await findCommand(command, lease, options.clock, (answer) =>
      hurried(command, answer, options),
    );
    if (found === SHELL_ENDED) continue;
    if (typeof found === 'string') return endBySignal(command, options, found, over);
    const order =
      found === null
        ? `since ${ageOf(command, lease, options.clock)} ${isAlone(command)} ${graceMs}`
        : `end ${aimAt(found, command)} ${graceMs}`;
    const ending = await carryOut(order, lease, command, options.clock, over);
    if (ending !== null) return ending;
  }
  return endingOf([]);
}

/** The shell may serve others for longer. */
function releaseAfter(lease: Lease, over: AbortSignal): void {
  if (over.aborted) void lease.release();
  else over.addEventListener('abort', () => void lease.release());
}

/**
 * From the command to the script, in milliseconds: how old the command's processes can be, where it is over itself. Less
 * than none where it was sent to a script that was there already; clocks differ a little.
 */
function ageOf({ sentAt }: RemoteCommand, { shell }: Lease, clock: Clock): number {
  return Math.ceil(shell.openedAt - sentAt + (clock.monotonic() - shell.openedAt) * DRIFT);
}

/** A host that is slow to answer is sent the plain signal meanwhile. */
function hurried<T>(
  command: RemoteCommand,
  answer: Promise<T>,
  { clock, graceMs }: LadderOptions,
): Promise<T | null> {
  command.channel.signal('TERM');
  return within(clock, graceMs, answer);
}

/** Has the script end the command; null where it does not say how that went. */
async function carryOut(
  order: string,
  lease: Lease,
  command: RemoteCommand,
  clock: Clock,
  over: AbortSignal,
): Promise<Ending | null> {
  releaseAfter(lease, over);
  const words = await lease.shell.order(order);
  if (words.length === 0) {
    lease.discard();
    return null;
  }
  const ending = endingOf(words);
  // A connection with nothing running can serve again.
  await lease.release();
  if (!ending.confirmed) return ending;
  const become = whoMaySignal(command);
  if (become !== null && lease.shell.become === null) {
    return doubt(`nobody could become ${become.user} once more to look`);
  }
  return lastWord(command, clock);
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
/** One may be ended by somebody while it is used. */
const MOST_SHELLS = 3;
/** More than clocks go apart. */
const DRIFT = 0.001;
/** More than the time for which output is drained. */
const LAST_WORD_MS: number = DEADLINES.drainMs + 500;
