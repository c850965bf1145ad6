import { constants } from 'node:os';
import type { ChildView, JobView } from '../model/job.ts';
import type { Phase } from '../model/failure.ts';
import type { StopSignal } from './shell.ts';

/**
 * The exit status of `run` and its kin, from how the job ended and from the signal that interrupted us, if one did.
 * The first row that fits decides: an interruption before any failure, a failed command before an unreachable host.
 */
export function exitStatus(job: JobView, interruption: StopSignal | null): number {
  if (interruption !== null) return INTERRUPTED[interruption];
  const failed = job.children.filter((child) => child.state === 'Failed');
  if (failed.some((child) => !timedOut(child) && !unreached(child))) return EXIT.failed;
  if (failed.some(unreached)) return EXIT.unreached;
  if (failed.some(timedOut)) return EXIT.timeout;
  switch (job.state) {
    case 'Blocked':
    case 'Suspending':
    case 'Suspended':
    case 'Disconnected':
      return EXIT.waiting;
    case 'Stopped':
    case 'Stopping':
      return EXIT.stopped;
    case 'Failed':
      return EXIT.failed;
    case 'NotStarted':
    case 'Running':
    case 'Completed':
      return EXIT.completed;
    default:
      return job.state satisfies never;
  }
}

/** With `--exit-max`: the largest of what the hosts' commands exited with, as pdsh and clush do with -S. */
export function exitMax(job: JobView, interruption: StopSignal | null): number {
  if (interruption !== null) return INTERRUPTED[interruption];
  const largest = Math.max(0, ...job.children.map(remoteCode));
  return largest === 0 ? exitStatus(job, null) : Math.min(largest, LARGEST_STATUS);
}

function remoteCode(child: ChildView): number {
  if (child.state === 'Stopped') return 0;
  if (timedOut(child)) return EXIT.timeout;
  if (child.exitCode !== null) return child.exitCode;
  if (child.signal !== null) return 128 + signalNumber(child.signal);
  return child.state === 'Failed' ? LARGEST_STATUS : 0;
}

function signalNumber(name: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return numbers[`SIG${name}`] ?? 0;
}

function timedOut(child: ChildView): boolean {
  return child.failure?.code === 'timeout';
}

function unreached(child: ChildView): boolean {
  return child.failure !== null && UNREACHED.has(child.failure.phase);
}

const UNREACHED: ReadonlySet<Phase> = new Set<Phase>([
  'resolve',
  'connect',
  'handshake',
  'verify',
  'authenticate',
  'open',
  'become',
]);

export const EXIT = {
  completed: 0,
  failed: 1,
  usage: 2,
  stopped: 3,
  unreached: 4,
  waiting: 5,
  timeout: 124,
} as const;

/** 128 and the signal's number, as shells report a death by it. */
export const INTERRUPTED: Readonly<Record<StopSignal, number>> = {
  SIGINT: 130,
  SIGHUP: 129,
  SIGTERM: 143,
};

/** An exit status has eight bits; what ssh itself exits with where it could not connect. */
const LARGEST_STATUS = 255;
