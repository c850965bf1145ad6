import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { errorCode } from './error-code.ts';

/** One process of this machine, from /proc (proc(5)). */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** The words of its command line; a process may have taken them away. */
  readonly args: readonly string[];
}

/** Every process but zombies and kernel threads. One that ends while we look is passed over. */
export function processes(): readonly ProcessInfo[] {
  forgetWhatIsOld();
  const found: ProcessInfo[] = [];
  const gone = new Set(programs.keys());
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!(pid > 0) || lasting.has(pid)) continue;
    gone.delete(pid);
    const status = statusOf(pid);
    if (status?.lasts === true) lasting.add(pid);
    else if (status !== null) found.push(infoOf(pid, status));
  }
  for (const pid of gone) programs.delete(pid);
  return found;
}

/** null: it is gone, or a zombie. */
export function processInfo(pid: number): ProcessInfo | null {
  const status = statusOf(pid);
  return status === null || status.lasts ? null : infoOf(pid, status);
}

/** `NAME=VALUE` of a process; nothing where it may not be read. */
export function environmentOf(pid: number): readonly string[] {
  return environText(pid).split('\0').filter(Boolean);
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
    one.args.some((word) => word.includes(marker)) || environText(one.pid).includes(marker);
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

/** What a look at one number gave. */
interface Status {
  readonly parent: number;
  readonly session: number;
  /** A zombie or a kernel thread: it becomes nothing else while it has this number. */
  readonly lasts: boolean;
  /** Another one for each program that it becomes (execve(2)); null: not ours to know. */
  readonly program: string | null;
}

/** null: no process has this number. */
function statusOf(pid: number): Status | null {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  if (stat === '') return null;
  // The name in parentheses may hold anything, also parentheses: the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = 'X', parent, , session, , , flags] = fields;
  const lasts = state === 'Z' || state === 'X' || (Number(flags) & PF_KTHREAD) !== 0;
  const [began = '', stack = '0'] = [fields[BEGAN], fields[STACK]];
  const program = stack === '0' ? null : `${began} ${stack}`;
  return { parent: Number(parent), session: Number(session), lasts, program };
}

function infoOf(pid: number, { parent, session, program }: Status): ProcessInfo {
  const known = programs.get(pid);
  if (known !== undefined && known.program === program) {
    return { pid, parent, session, args: known.args };
  }
  const args = readOrNothing(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  if (program === null) programs.delete(pid);
  else programs.set(pid, { program, args, environ: null });
  return { pid, parent, session, args };
}

function environText(pid: number): string {
  const known = programs.get(pid);
  if (typeof known?.environ === 'string') return known.environ;
  const environ = readOrNothing(`/proc/${pid}/environ`);
  if (known !== undefined) known.environ = environ;
  return environ;
}

/** Numbers are given in turn, and after some ten thousand processes one of ours may be somebody else's: not in so little time. */
function forgetWhatIsOld(): void {
  const now = performance.now();
  if (now < forgetAt) return;
  lasting.clear();
  forgetAt = now + KNOWN_MS;
}

/**
 * Zombies and kernel threads that were seen: on a machine whose init lets zombies lie they are most of all there is, and
 * looking at each again and again would cost more than the tests themselves.
 */
const lasting = new Set<number>();
/** What the words and the environment of a program are: reading them at each look is most of what a look costs. */
const programs = new Map<
  number,
  { program: string; args: readonly string[]; environ: string | null }
>();
let forgetAt = 0;
const KNOWN_MS = 1_000;
/** linux/sched.h */
const PF_KTHREAD = 0x0020_0000;

function readOrNothing(file: string): string {
  try {
    const descriptor = openSync(file, 'r');
    try {
      let length = 0;
      for (let got = -1; got !== 0 && length < held.length; length += got) {
        got = readSync(descriptor, held, length, held.length - length, null);
      }
      return held.toString('utf8', 0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Gone in the meantime, or somebody else's: either way there is nothing to read.
    return '';
  }
}

/** More than a program gets of words or environment in any test. */
const held = Buffer.alloc(4 * 1024 * 1024);
/** The fields of proc_pid_stat(5) behind the name: when it began; where its stack is, which is elsewhere for each program. */
const BEGAN = 19;
const STACK = 25;
