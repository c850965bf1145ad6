import { constants } from 'node:os';
import type { ChildView, JobView } from '../model/job.ts';
import { UNREACHED_PHASES } from '../model/failure.ts';
import type { JobState } from '../model/state.ts';
import type { StopSignal } from './shell.ts';

/** What decides an exit status: a parent with its children, or a child by itself. */
export interface Ended {
  readonly state: JobState;
  readonly children: readonly ChildView[];
}

/**
 * The exit status of `run` and its kin, from how the job ended and from the signal that interrupted us, if one did.
 * The first row that fits decides: an interruption before any failure, a failed command before an unreachable host.
 */
export function exitStatus(job: Ended, interruption: StopSignal | null): number {
  return exitOfJobs([job], interruption);
}

/** The same over several jobs: the first row that fits any of them. `ranOut`: waiting for them took too long. */
export function exitOfJobs(
  jobs: readonly Ended[],
  interruption: StopSignal | null,
  ranOut = false,
): number {
  if (interruption !== null) return INTERRUPTED[interruption];
  const found = new Set(jobs.map(statusOf));
  if (ranOut) found.add(EXIT.timeout);
  return ROWS.find((status) => found.has(status)) ?? EXIT.completed;
}

function statusOf({ state, children }: Ended): number {
  const failed = children.filter((child) => child.state === 'Failed');
  if (failed.some((child) => !timedOut(child) && !unreached(child))) return EXIT.failed;
  if (failed.some(unreached)) return EXIT.unreached;
  if (failed.some(timedOut)) return EXIT.timeout;
  switch (state) {
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
      return state satisfies never;
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
  const phase = child.failure?.phase;
  return phase !== undefined && (UNREACHED_PHASES.has(phase) || phase === 'become');
}

export const EXIT = {
  completed: 0,
  failed: 1,
  usage: 2,
  stopped: 3,
  unreached: 4,
  waiting: 5,
  timeout: 124,
} as const;

/** In the order in which they decide. */
const ROWS: readonly number[] = [
  EXIT.failed,
  EXIT.unreached,
  EXIT.timeout,
  EXIT.waiting,
  EXIT.stopped,
];

/** 128 and the signal's number, as shells report a death by it. */
export const INTERRUPTED: Readonly<Record<StopSignal, number>> = {
  SIGINT: 130,
  SIGHUP: 129,
  SIGTERM: 143,
};

/** An exit status has eight bits; what ssh itself exits with where it could not connect. */
const LARGEST_STATUS = 255;
