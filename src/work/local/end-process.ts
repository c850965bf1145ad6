import { delay, type Clock } from '../../base/clock.ts';
import { doubt, type Ending } from '../stop/ending.ts';
import { Family, send } from './family.ts';
import { lookAround, readProcess, ticksNow, type ProcessRow } from './process-table.ts';

/** A program of ours with all that descends from it, as one thing to be halted, let go on, or ended. */
export interface Kin {
  /** TERM, a grace time, KILL, and a look that nobody is left. Settles within the grace time and a few seconds more. */
  end(graceMs: number): Promise<Ending>;
  /** STOP, until a look finds nobody who runs. null: done; else why not, and then all run on. */
  suspend(): Promise<string | null>;
  resume(): Promise<string | null>;
}

/**
 * `mark`: an entry of the program's environment that no other program has. Call it in the turn in which the program was
 * started, when its number cannot have become another's yet.
 */
export function kinOf(pid: number, mark: string, clock: Clock): Kin {
  const root = rootOf(pid);
  return root === null ? groupOnly(pid, clock) : familyOf(new Family(root, mark), clock);
}

function rootOf(pid: number): ProcessRow | null {
  try {
    return readProcess(pid);
  } catch {
    // Out of descriptors just now. Its group can be ended all the same; that nothing is left is then not confirmed.
    return null;
  }
}

function familyOf(family: Family, clock: Clock): Kin {
  const look = async (): Promise<boolean> => {
    const isSeen = family.see(await lookAround(clock));
    return !isSeen || family.members.length > 0 || family.ghosts().length > 0;
  };
  /** Says so until a look finds nobody left, or the time is over: false. */
  const gone = async (ms: number, again: () => void): Promise<boolean> => {
    const until = clock.monotonic() + ms;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const left = until - clock.monotonic();
      await delay(clock, Math.max(0, Math.min(pause, left)));
      if (!(await look())) return true;
      if (left <= pause) return false;
      again();
    }
  };
  return {
    end: async (graceMs) => {
      await look();
      const termedAt = ticksNow();
      const told = new Set<string>();
      const term = (rows: readonly ProcessRow[]): void => {
        family.tell('SIGTERM', rows);
        family.tell('SIGCONT', rows);
        for (const row of rows) told.add(nameOf(row));
      };
      term(family.members);
      // Who was there and was missed; what is begun later may be somebody's clean-up.
      const late = (): void => {
        const missed = family.members.filter(
          (row) => row.start < termedAt && !told.has(nameOf(row)),
        );
        for (const { pid } of missed) {
          send(pid, 'SIGTERM');
          send(pid, 'SIGCONT');
        }
        for (const row of missed) told.add(nameOf(row));
      };
      if (await gone(graceMs, late)) return CONFIRMED;
      family.tell('SIGKILL');
      if (await gone(KILL_MS, () => family.tell('SIGKILL'))) return CONFIRMED;
      return left(family.members.length + family.ghosts().length);
    },
    suspend: async () => {
      const until = clock.monotonic() + SUSPEND_MS;
      const told = new Set<string>();
      for (;;) {
        await look();
        const running = family.members.filter(
          (row) => !HALTED.has(row.state) && !(row.state === 'D' && told.has(nameOf(row))),
        );
        if (running.length === 0 && family.ghosts().length === 0) return null;
        if (clock.monotonic() > until) break;
        family.tell('SIGSTOP', running);
        for (const row of running) told.add(nameOf(row));
      }
      family.tell('SIGCONT');
      return 'it makes processes faster than they can be halted';
    },
    resume: async () => {
      await look();
      family.tell('SIGCONT');
      return null;
    },
  };
}

/** Where the system shows no processes: its process group is all that can be reached, and nobody can say what is beyond. */
function groupOnly(pid: number, clock: Clock): Kin {
  const gone = async (ms: number): Promise<boolean> => {
    const until = clock.monotonic() + ms;
    while (send(-pid, 0)) {
      if (clock.monotonic() > until) return false;
      await delay(clock, FIRST_PAUSE_MS);
    }
    return true;
  };
  const tell = (signal: NodeJS.Signals): Promise<string | null> =>
    Promise.resolve(send(-pid, signal) ? null : 'it has ended');
  return {
    end: async (graceMs) => {
      send(-pid, 'SIGTERM');
      send(-pid, 'SIGCONT');
      if (await gone(graceMs)) return ITS_GROUP;
      send(-pid, 'SIGKILL');
      return (await gone(KILL_MS)) ? ITS_GROUP : left(1);
    },
    suspend: () => tell('SIGSTOP'),
    resume: () => tell('SIGCONT'),
  };
}

function nameOf({ pid, start }: ProcessRow): string {
  return `${pid}:${start}`;
}

function left(count: number): Ending {
  return doubt(count === 1 ? '1 process did not end' : `${count} processes did not end`);
}

const CONFIRMED: Ending = { confirmed: true, note: null };
const ITS_GROUP: Ending = doubt('its process group has ended; what left that group is not known');
/** Stopped, or held by a debugger. A sleep that no signal wakes (D) halts when it is over. */
const HALTED: ReadonlySet<string> = new Set(['T', 't']);
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
const KILL_MS = 2_000;
const SUSPEND_MS = 3_000;
