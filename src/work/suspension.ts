import type { Suspendable } from '../model/ports/work.ts';
import type { RemoteCommand } from './remote-command.ts';
import { processes } from './stop/ending.ts';
import { aimAt, findCommand } from './stop/find-command.ts';
import type { Held } from './stop/ladder.ts';
import type { HostProcess } from './stop/listing.ts';
import { openBeside } from './stop/open-beside.ts';
import { within } from './stop/patience.ts';
import type { Lease, SharedShellOptions } from './stop/shared-shell.ts';

/**
 * Halts a command on its host with all that descends from it, and lets it go on. The connection's shell does it, and stays
 * there for as long as the command is halted and its session is not needed: should this side be gone, it lets the command
 * go on, because nobody else would.
 */
export class Suspension implements Suspendable {
  readonly #command: RemoteCommand;
  readonly #options: SharedShellOptions;
  /** Set while the command is halted. */
  #halted: HostProcess | null = null;
  /** What watches over it meanwhile, unless its place was needed. */
  #watch: Lease | null = null;
  #busy: Promise<unknown> = Promise.resolve();
  #isLeaving = false;
  #isOver = false;

  constructor(command: RemoteCommand, options: SharedShellOptions) {
    this.#command = command;
    this.#options = options;
  }

  suspend(): Promise<string | null> {
    return this.#bounded(async (over) => {
      if (this.#isLeaving) return 'it is being ended';
      const why = cannotLetGo(this.#command);
      if (why !== null) return why;
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
    const lease = this.#takeWatch();
    return lease === null || this.#halted === null ? null : { lease, process: this.#halted };
  }

  /** The command has ended: whatever of it may be left on the host goes on. */
  close(): void {
    this.#isLeaving = true;
    this.#isOver = true;
    const lease = this.#takeWatch();
    if (lease !== null && this.#halted !== null) {
      void lease.shell.order(`free ${aimAt(this.#halted, this.#command)}`);
    }
    void lease?.release();
    this.#halted = null;
  }

  /** Null where it is there no more: its session was needed. */
  #takeWatch(): Lease | null {
    const lease = this.#watch;
    this.#watch = null;
    if (lease?.isOver === true) {
      void lease.release();
      return null;
    }
    lease?.watch(false);
    return lease;
  }

  /** By the shell that watches; false where it is there no more: somebody may have ended it. */
  async #free(halted: HostProcess): Promise<boolean> {
    const lease = this.#takeWatch();
    if (lease === null) return false;
    const freed = lease.shell.order(`free ${aimAt(halted, this.#command)}`);
    const answer = await within(this.#options.clock, ANSWER_MS, freed);
    await lease.release();
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

  /** Has the command found, and halted, or let go on. */
  async #order(verb: 'halt' | 'free', over: AbortSignal): Promise<string | null> {
    const command = this.#command;
    const options = { ...this.#options, patienceMs: ROOM_MS };
    const lease = await openBeside(command, options, over);
    if (typeof lease === 'string') return lease;
    let undo: string | null = null;
    over.addEventListener('abort', () => {
      // What is halted too late is not to stay so.
      if (undo !== null) void lease.shell.order(undo);
      void lease.release();
    });
    try {
      const found = over.aborted
        ? 'the host took too long'
        : await findCommand(command, lease, this.#options.clock, (answer) => answer);
      // Null: its end is on its way.
      if (found === null || typeof found === 'string') return found;
      const aim = aimAt(found, command);
      if (verb === 'halt') undo = `free ${aim}`;
      const [word, ...awake] = await lease.shell.order(`${verb} ${aim}`);
      if (word === 'halted' && !over.aborted && !this.#isOver) {
        this.#halted = found;
        this.#watch = lease;
        lease.watch(true);
        return null;
      }
      if (word === 'halted' && !over.aborted) void lease.shell.order(`free ${aim}`);
      if (word === 'freed') return null;
      if (word !== 'awake') return 'the host did not say how it went';
      return `${processes(Math.max(1, awake.length))} could not be halted`;
    } finally {
      if (this.#watch !== lease) void lease.release();
    }
  }
}

/**
 * The method itself is root's process, which halts when its command does, and which nobody but root can let go on again:
 * neither who logged in nor who the command runs as, where neither is root (kill(2)).
 */
function cannotLetGo({ become, connection }: RemoteCommand): string | null {
  const mayAnybody = become === null || [become.user, connection.target.user].includes('root');
  return mayAnybody ? null : `${become.method} of a user who is not root could not be let go on`;
}

/** For the whole of it, whatever the host does. */
const BOUND_MS = 10_000;
/** Where many commands of one connection are suspended, each takes its turn. */
const ROOM_MS = 8_000;
/** For a shell that is there already. */
const ANSWER_MS = 3_000;
