import type { Clock } from '../base/clock.ts';
import type { Suspendable } from '../model/ports/work.ts';
import type { RemoteCommand } from './remote-command.ts';
import { processes } from './stop/ending.ts';
import { aimAt, findCommand } from './stop/find-command.ts';
import type { HostShell, HostShellOptions } from './stop/host-shell.ts';
import type { Held } from './stop/ladder.ts';
import type { HostProcess } from './stop/listing.ts';
import { openBeside } from './stop/open-beside.ts';
import { within } from './stop/patience.ts';
import { keepsWatch, watchesNoMore } from './stop/watch-shells.ts';

export interface SuspensionOptions extends HostShellOptions {
  readonly clock: Clock;
}

/**
 * Halts a command on its host with all that descends from it, and lets it go on. A shell on a second channel does it, and
 * stays there for as long as the command is halted and its session is not needed: should this side be gone, it lets the
 * command go on, because nobody else would.
 */
export class Suspension implements Suspendable {
  readonly #command: RemoteCommand;
  readonly #options: SuspensionOptions;
  /** Set while the command is halted. */
  #halted: HostProcess | null = null;
  /** What watches over it meanwhile, unless its place was needed. */
  #watch: HostShell | null = null;
  #busy: Promise<unknown> = Promise.resolve();
  #isLeaving = false;
  #isOver = false;

  constructor(command: RemoteCommand, options: SuspensionOptions) {
    this.#command = command;
    this.#options = options;
  }

  suspend(): Promise<string | null> {
    return this.#bounded(async (over) => {
      if (this.#isLeaving) return 'it is being ended';
      return this.#halted === null ? this.#order('halt', over) : null;
    });
  }

  resume(): Promise<string | null> {
    return this.#bounded(async (over) => {
      if (this.#halted === null) return null;
      const isFree = await this.#free(this.#halted);
      const failure = isFree ? null : await this.#order('free', over);
      if (failure === null) this.#halted = null;
      return failure;
    });
  }

  /** No more of this: the command is to be ended. Gives what holds it halted, to end it with. Settles within seconds. */
  async leave(): Promise<Held | null> {
    this.#isLeaving = true;
    await within(this.#options.clock, ANSWER_MS, this.#busy);
    this.#isOver = true;
    const shell = this.#takeWatch();
    return shell === null || this.#halted === null ? null : { shell, process: this.#halted };
  }

  /** The command has ended: whatever of it may be left on the host goes on. */
  close(): void {
    this.#isLeaving = true;
    this.#isOver = true;
    this.#takeWatch()?.close();
    this.#halted = null;
  }

  #setWatch(shell: HostShell): void {
    this.#watch = shell;
    keepsWatch(shell.channel, () => {
      shell.say('leave');
      this.#watch = null;
    });
  }

  #takeWatch(): HostShell | null {
    const shell = this.#watch;
    this.#watch = null;
    if (shell !== null) watchesNoMore(shell.channel);
    return shell;
  }

  /** By the shell that watches; false where it is there no more: somebody may have ended it. */
  async #free(halted: HostProcess): Promise<boolean> {
    const shell = this.#takeWatch();
    if (shell === null) return false;
    shell.say(`free ${aimAt(halted, this.#command)}`);
    const answer = await within(this.#options.clock, ANSWER_MS, shell.next());
    shell.close();
    return answer?.[0] === 'freed';
  }

  /** One thing at a time, and none for longer than a bound: a shell that is closed undoes what it has done. */
  #bounded(act: (over: AbortSignal) => Promise<string | null>): Promise<string | null> {
    const over = new AbortController();
    const done = this.#busy.then(async () => {
      const acted = act(over.signal).then((failure) => ({ failure }));
      const result = await within(this.#options.clock, BOUND_MS, acted);
      if (result === null) over.abort();
      return result === null ? 'the host took too long' : result.failure;
    });
    this.#busy = done.catch(() => {
      // Whoever asked is told; the next one begins anew.
    });
    return done;
  }

  /** A new shell that finds the command and halts it, or lets it go on. */
  async #order(verb: 'halt' | 'free', over: AbortSignal): Promise<string | null> {
    const command = this.#command;
    const options = { ...this.#options, patienceMs: ROOM_MS };
    const shell = await openBeside(command, options, over);
    if (typeof shell === 'string') return shell;
    over.addEventListener('abort', () => shell.close());
    const found = over.aborted
      ? 'the host took too long'
      : await findCommand(command, shell, this.#options.clock, (answer) => answer);
    if (found === null || typeof found === 'string') {
      shell.close();
      // Its end is on its way.
      return found;
    }
    shell.say(`${verb} ${aimAt(found, command)}`);
    const [word, ...awake] = await shell.next();
    if (word === 'halted' && !over.aborted && !this.#isOver) {
      this.#halted = found;
      this.#setWatch(shell);
      return null;
    }
    shell.close();
    if (word === 'freed') return null;
    if (word !== 'awake') return 'the host did not say how it went';
    return `${processes(Math.max(1, awake.length))} could not be halted`;
  }
}

/** For the whole of it, whatever the host does. */
const BOUND_MS = 10_000;
/** Where many commands of one connection are suspended, each takes its turn. */
const ROOM_MS = 8_000;
/** For a shell that is there already. */
const ANSWER_MS = 3_000;
