import { readdirSync, readFileSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** One process of this machine, from /proc (proc(5)). */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** The words of its command line; a kernel thread and a zombie have none. */
  readonly args: readonly string[];
}

/** Every process but zombies. One that ends while we look is passed over. */
export function processes(): readonly ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync('/proc')) {
    const info = /^\d+$/u.test(name) ? processInfo(Number(name)) : null;
    if (info !== null) found.push(info);
  }
  return found;
}

export function processInfo(pid: number): ProcessInfo | null {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything, also parentheses: the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  if (stat === '' || state === undefined || state === 'Z' || state === 'X') return null;
  const args = readOrNothing(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  return { pid, parent: Number(parent), session: Number(session), args };
}

/** `NAME=VALUE` of a process; nothing where it may not be read. */
export function environmentOf(pid: number): readonly string[] {
  return readOrNothing(`/proc/${pid}/environ`).split('\0').filter(Boolean);
}

export function childrenOf(pid: number): readonly ProcessInfo[] {
  return processes().filter((process) => process.parent === pid);
}

/** The process itself is not among its descendants. */
export function descendantsOf(pid: number): readonly ProcessInfo[] {
  const all = processes();
  const found: ProcessInfo[] = [];
  for (let parents = [pid]; parents.length > 0;) {
    const next = all.filter(({ parent }) => parents.includes(parent));
    found.push(...next);
    parents = next.map((one) => one.pid);
  }
  return found;
}

/**
 * What runs on the "hosts", which are this machine: every process whose arguments or environment hold the marker and
 * that this one did not start itself. What an sshd of ours started counts as the host's.
 */
export function remoteProcesses(marker: string): readonly ProcessInfo[] {
  // Who holds it first: going up from every process of a busy machine would cost more than the tests themselves.
  const holds = (one: ProcessInfo): boolean =>
    one.args.some((word) => word.includes(marker)) ||
    readOrNothing(`/proc/${one.pid}/environ`).includes(marker);
  return processes().filter((one) => holds(one) && isOnHost(one));
}

/** One line that names a process in a failed expectation. */
export function describeProcess({ pid, parent, args }: ProcessInfo): string {
  return `${pid} (child of ${parent}) ${args.join(' ').slice(0, 160)}`;
}

/** Sends a signal; that the process is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** Going up from it, an sshd comes before this process: or neither, where its session is gone. */
function isOnHost(one: ProcessInfo): boolean {
  const own = ancestorsOf(process.pid);
  if (own.has(one.pid) || isSshd(one)) return false;
  let at: ProcessInfo | null = one;
  while (at !== null && at.parent > 1) {
    if (at.parent === process.pid) return false;
    at = processInfo(at.parent);
    if (at !== null && isSshd(at)) return true;
  }
  return true;
}

function isSshd({ args }: ProcessInfo): boolean {
  return args[0]?.includes('sshd') === true;
}

function ancestorsOf(pid: number): ReadonlySet<number> {
  const result = new Set<number>();
  for (let at = pid; at > 0 && !result.has(at); at = processInfo(at)?.parent ?? 0) result.add(at);
  return result;
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Gone in the meantime, or somebody else's: either way there is nothing to read.
    return '';
  }
}
