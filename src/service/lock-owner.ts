import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from '../base/system-error.ts';

/** A process, told from every other one of this machine that there was or will be. */
export interface LockOwner {
  readonly pid: number;
  /** When it started, in ticks since the machine did (proc(5), /proc/PID/stat, field 22); null where nothing tells. */
  readonly start: string | null;
  /** Which start of the machine that was; null where nothing tells. */
  readonly boot: string | null;
  /** The machine's name: a home that is shared has the locks of several. */
  readonly host: string | null;
  readonly uuid: string;
}

export function ownIdentity(): LockOwner {
  const { pid } = process;
  return { pid, start: startOf(pid), boot: bootId(), host: hostname(), uuid: randomUUID() };
}

/** null: that is no owner. */
export function parseOwner(text: string): LockOwner | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Torn by a power cut; the caller knows what to make of it.
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { pid, start, boot, host, uuid } = value as Partial<Record<keyof LockOwner, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null;
  if (typeof uuid !== 'string' || !UUID.test(uuid)) return null;
  return {
    pid,
    start: textOrNull(start),
    boot: textOrNull(boot),
    host: textOrNull(host),
    uuid,
  };
}

/** False only where it is certain that the process is gone. */
export function isAlive(owner: LockOwner): boolean {
  const { pid, start } = owner;
  if (pid < 1) return false;
  if (isOfAnotherBoot(owner)) return isOfAnotherMachine(owner);
  if (!isProcess(pid)) return false;
  if (start === null) return true;
  const began = startOf(pid);
  // null: it may have ended this moment, or /proc hides it; the next look tells.
  return began === null || began === start;
}

/** Nothing can be known here of such an owner. A machine that starts anew under another name is taken for another one. */
export function isOfAnotherMachine(owner: LockOwner): boolean {
  return isOfAnotherBoot(owner) && owner.host !== null && owner.host !== hostname();
}

function isOfAnotherBoot({ boot }: LockOwner): boolean {
  const now = bootId();
  return boot !== null && now !== null && boot !== now;
}

/** Whether there is a process of this number now, whoever it is. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    if (errorCode(error) !== 'EPERM') return false;
  }
  // The first thread may be over while others still have the files: then the socket still takes clients.
  return statOf(pid)?.[0] !== ZOMBIE || threadsOf(pid) > 1;
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    // Gone since we looked.
    return 0;
  }
}

function startOf(pid: number): string | null {
  return statOf(pid)?.[START - STATE] ?? null;
}

/** The fields from the state on; null where there is no /proc, or no such process. */
function statOf(pid: number): readonly string[] | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  // The program's name, in parentheses, may hold anything, parentheses too.
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function bootId(): string | null {
  return readOrNull('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not Linux, or the process is gone: either way nothing is known.
    return null;
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

const UUID = /^[0-9a-f-]{36}$/u;
/** Fields of /proc/PID/stat, counted from 1 (proc(5)). */
const STATE = 3;
const START = 22;
/** It has ended, has let go of everything, and only waits for its parent to notice. */
const ZOMBIE = 'Z';
