import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';

/** One process of this machine (proc(5), /proc/PID/stat). */
export interface ProcessRow {
  readonly pid: number;
  /** One letter: R, S, D, T, t, Z, X. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** When it began, in ticks since boot: with the number, who it is, since numbers are used again. */
  readonly start: number;
}

/** Every process at one moment, zombies included; null where the system does not tell (no Linux, or no descriptor left). */
export type ProcessTable = readonly ProcessRow[] | null;

/**
 * Looks at all processes. Who asks within the same few milliseconds gets the same look, which begins after the last of
 * them asked: many jobs that are stopped at once cost one.
 */
export function lookAround(clock: Clock): Promise<ProcessTable> {
  pending ??= new Promise((resolve) => {
    clock.after(TOGETHER_MS, () => {
      pending = null;
      resolve(readTable());
    });
  });
  return pending;
}

/** null: it is gone, or cannot be seen. */
export function readProcess(pid: number): ProcessRow | null {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, also parentheses: the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || fields.length < FEWEST_FIELDS) return null;
  const [state = '', parent, group, session] = fields;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    threads: Number(fields[17]),
    start: Number(fields[19]),
  };
}

/**
 * Whether `NAME=VALUE` is in the environment it began with; false where that may not be read. Throws where nothing can be.
 * Read once for each look, whoever asks.
 */
export function hasInEnvironment(row: ProcessRow, entry: string): boolean {
  const known = environments.get(row);
  const text = known ?? `\0${readOrNothing(`/proc/${row.pid}/environ`)}`;
  if (known === undefined) environments.set(row, text);
  return text.includes(`\0${entry}\0`);
}

/** Now, in ticks since boot; Infinity where the system does not tell. */
export function ticksNow(): number {
  const seconds = Number.parseFloat(readOrNothing('/proc/uptime'));
  return Number.isNaN(seconds) ? Infinity : Math.floor(seconds * TICKS_PER_SECOND);
}

function readTable(): ProcessTable {
  try {
    return readRows();
  } catch {
    // Out of descriptors: there may be some at the next look.
    return null;
  }
}

function readRows(): ProcessTable {
  // Ours must be there: anything else that is called /proc is none.
  if (readProcess(process.pid) === null) return null;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((row) => row !== null);
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    // That nothing can be read now must not look like nobody being there.
    if (SHORTAGES.has(errorCode(error) ?? '')) throw error;
    // Gone in the meantime, or somebody else's: either way there is nothing to read.
    return '';
  }
}

const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

const environments = new WeakMap<ProcessRow, string>();
let pending: Promise<ProcessTable> | null = null;

const TOGETHER_MS = 2;
/** Up to the start time. */
const FEWEST_FIELDS = 20;
/** USER_HZ, which the kernel shows to programs; 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
