import {
  hasInEnvironment,
  readProcess,
  type ProcessRow,
  type ProcessTable,
} from './process-table.ts';

/**
 * Who belongs to a program that was started here: itself, and
 *
 * - what descends from it by parent;
 * - everyone in its session, or in a session made by one of them: orphans change their parent, never their session;
 * - whoever began no earlier and has its mark in the environment: what left by both roads, as `setsid -f` does.
 *
 * It remembers everyone it ever found, by number and start time, with their sessions and groups: so a process forked
 * between two looks is known, and a number that is used again is known not to be.
 */
export class Family {
  readonly #root: ProcessRow;
  /** `NAME=VALUE`. */
  readonly #mark: string;
  readonly #known = new Map<number, number>();
  readonly #sessions = new Set<number>();
  readonly #groups = new Set<number>();
  #table: readonly ProcessRow[] = [];
  #members: readonly ProcessRow[];

  constructor(root: ProcessRow, mark: string) {
    this.#root = root;
    this.#mark = mark;
    this.#members = [root];
    this.#remember(root);
  }

  /** Those that live, by the last look. */
  get members(): readonly ProcessRow[] {
    return this.#members;
  }

  /** Takes in what a look has shown. False: nothing can be seen now, and what was seen last still counts. */
  see(table: ProcessTable): boolean {
    if (table === null) return false;
    try {
      this.#take(table);
      return true;
    } catch {
      // Their environments could not be read for want of a descriptor.
      return false;
    }
  }

  #take(table: readonly ProcessRow[]): void {
    this.#table = table;
    const living = table.filter(isLiving).filter(({ start }) => start >= this.#root.start);
    for (const { pid, start } of living) {
      // A stranger that has the number of a session of ours: that session is over.
      if (this.#sessions.has(pid) && this.#known.get(pid) !== start) this.#sessions.delete(pid);
    }
    const members = new Set<ProcessRow>();
    const pids = new Set<number>();
    for (;;) {
      const others = living.filter((row) => !members.has(row) && row.pid !== process.pid);
      const kin = others.filter((row) => this.#isKin(row, pids));
      const found = kin.length > 0 ? kin : others.filter((row) => this.#isMarked(row));
      if (found.length === 0) break;
      for (const row of found) {
        this.#remember(row);
        members.add(row);
        pids.add(row.pid);
      }
    }
    this.#members = [...members];
  }

  /**
   * To everyone, whole groups of our sessions at once, so that no fork slips through however fast it is (fork(2) is
   * restarted when a signal is pending).
   */
  tell(signal: NodeJS.Signals, rows: readonly ProcessRow[] = this.#members): void {
    const groups = new Set(this.ghosts());
    for (const row of rows) {
      if (this.#sessions.has(row.session) && row.group > 1) groups.add(row.group);
      else send(row.pid, signal);
    }
    for (const group of groups) send(-group, signal);
  }

  /** Groups that take signals while nobody of them is in the table: they change faster than one can look. */
  ghosts(): readonly number[] {
    return [...this.#groups].filter(
      (group) => !this.#table.some((row) => row.group === group) && send(-group, 0),
    );
  }

  #isKin(row: ProcessRow, members: ReadonlySet<number>): boolean {
    return (
      this.#known.get(row.pid) === row.start ||
      this.#sessions.has(row.session) ||
      members.has(row.parent)
    );
  }

  #isMarked(row: ProcessRow): boolean {
    return hasInEnvironment(row, this.#mark);
  }

  #remember(row: ProcessRow): void {
    this.#known.set(row.pid, row.start);
    // Only what one of them made is theirs: the root made its own, and nobody can join another's. What came by its mark
    // may be in a session of others', as after nsenter: then it is alone. 0 and 1 would be everybody.
    if (row.session <= 1 || row.group <= 1 || row.session === OWN?.session) return;
    this.#sessions.add(row.session);
    this.#groups.add(row.group);
  }
}

/** Sends a signal (0: only asks) to a process or, negative, to a group; false: nobody is there to take it. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  // kill(2): 0 is our own group, -1 is everybody, and 1 is not ours to end.
  if (!Number.isInteger(pid) || Math.abs(pid) <= 1) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH: it has ended meanwhile. EPERM: it has become somebody else's, and will show as one that is left.
    return false;
  }
}

/** A zombie with threads is a program whose first thread has ended, and not the others. */
function isLiving({ state, threads }: ProcessRow): boolean {
  return state !== 'X' && (state !== 'Z' || threads > 1);
}

/** This process: nothing that it starts is in its session. */
const OWN: ProcessRow | null = readProcess(process.pid);
