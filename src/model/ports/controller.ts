import type { AuditSettings } from '../audit.ts';
import type { JobDefinition } from '../definition.ts';
import type { JobEvent, StateEvent } from '../event.ts';
import type { JobView } from '../job.ts';
import type { Found, JobQuery, ReceiveOptions } from '../query.ts';
import type { OutputRecord } from '../record.ts';
import type { ControllerStatus } from '../status.ts';
import type { RecoveredJob } from './journal.ts';
import type { WorkKind } from './work.ts';

/**
 * Owns the jobs, their results, the connections and the throttle. The same face in process and through a socket.
 * Where an id is asked for, a child's is as good as a parent's, unless said otherwise; an id that is nobody's throws
 * ConfigError `no-such-job`.
 */
export interface JobController {
  /** Makes a parent and its children, and begins. Throws ConfigError before any host is touched. */
  start(definition: JobDefinition, options?: StartOptions): Promise<JobView>;
  /** Runs the work of an earlier, finished job again, on those of its hosts that `request` names. */
  rerun(request: RerunRequest): Promise<JobView>;
  /** Jobs and child jobs by name, id and filters: see JobQuery. */
  find(query: JobQuery): Promise<Found>;
  /** A parent with its children, by its own id or a child's. */
  job(id: number): Promise<JobView>;
  /**
   * Resolves when the job, or the child, is there: finished, or, with `persistent` (the default), also Suspended or
   * Disconnected. A Blocked one resolves at once, because nothing goes on without an answer: look at its state. The view
   * is always the parent's. Rejects with the signal's reason when that comes first; the job goes on.
   */
  wait(id: number, options?: WaitOptions): Promise<JobView>;
  /**
   * The events of one parent from its start, then as they come, `end` last. Unless `keep`, the records are claimed by this
   * reader, and each is acknowledged, and so freed, when the next event is asked for: stop early, and what was not taken
   * stays. A slow reader slows the hosts down.
   */
  follow(id: number, options?: FollowOptions): AsyncIterable<JobEvent>;
  /** What is unread now, children in target order. Acknowledged as `follow` does. */
  receive(id: number, options?: ReceiveOptions): AsyncIterable<Received>;
  /** Every change of state of every job from now on. A reader that falls far behind misses some (never the newest). */
  changes(signal: AbortSignal): AsyncIterable<StateEvent>;
  /** Asks the job, or one child, to stop; resolves when it is finished. `by` says who asked. A finished one is left alone. */
  stop(id: number, by: string): Promise<void>;
  /**
   * Suspends the job, or one child: queued children wait, running ones are halted with all that descends from them.
   * Resolves when that is done. Throws ConfigError `job-state` where a child cannot be suspended (those that can, are), and
   * where the job is finished.
   */
  suspend(id: number): Promise<void>;
  /** The opposite. Throws ConfigError `job-state` where nothing of it is suspended. */
  resume(id: number): Promise<void>;
  /** Answers a question that children of the job ask. Throws ConfigError `job-state` where nobody asks it (any more). */
  answer(id: number, questionId: string, text: string): Promise<void>;
  /** Forgets a finished parent. Throws ConfigError `job-state` while it is unfinished, and for a child; `force` stops it first. */
  remove(id: number, options?: RemoveOptions): Promise<void>;
  status(): Promise<ControllerStatus>;
  /**
   * In process: stops every job, waits for the end of each, closes every connection. Through a socket: lets go of the
   * controller, which goes on; jobs that are owned by this client are stopped.
   */
  dispose(): Promise<void>;
}

export interface StartOptions {
  /** When it is aborted the job is stopped. */
  readonly signal?: AbortSignal;
  /** The job belongs to whoever started it: it is stopped when they go, and forgotten when it has ended. */
  readonly owned?: boolean;
}

export interface RerunRequest {
  readonly id: number;
  /** Which of its hosts. */
  readonly hosts: readonly HostResult[];
  /** The caller's agent now; that of the first time may be gone. */
  readonly agent: string | null;
  /** Where the new job is written down, and for whom. Default: as the first was. */
  readonly audit?: AuditSettings | null;
}

/** How a host came out of a job, as `rerun --state` names it. A failed host was reached; an unreachable one was not. */
export type HostResult = 'completed' | 'failed' | 'unreachable' | 'stopped' | 'never-started';

export interface WaitOptions {
  readonly until?: 'persistent' | 'finished';
  readonly signal?: AbortSignal;
}

export interface FollowOptions extends ReceiveOptions {
  /** Ends the reading. */
  readonly signal?: AbortSignal;
}

export interface RemoveOptions {
  readonly force?: boolean;
}

/** A record and whose it is. */
export interface Received extends OutputRecord {
  readonly host: string;
  readonly childId: number;
}

/**
 * A controller in this process, for whoever serves it to others: reading and acknowledging apart, because a client says
 * later what it has written.
 */
export interface HostedController extends JobController {
  /** Adds a kind of work. Throws ConfigError `usage` when the kind is there already. */
  register(kind: WorkKind): void;
  /** Ends as `dispose` does, but leaves durable jobs as they are on their hosts, and gives their ids. */
  detach(): Promise<readonly number[]>;
  /** Goes on with a job of an earlier controller. Throws ConfigError where it cannot. */
  restore(recovered: RecoveredJob): Promise<void>;
  openFollow(id: number, options?: ReceiveOptions): Reading<JobEvent>;
  openReceive(id: number, options?: ReceiveOptions): Reading<Received>;
  /** The job as it is once all that these readings hold is acknowledged: see `hasMoreData`. */
  jobAfter(id: number, readings: readonly Pick<Reading<unknown>, 'held'>[]): Promise<JobView>;
}

/** Records that were read are claimed until they are acknowledged; closing gives back those that were not. */
export interface Reading<T> extends AsyncIterable<T> {
  /** Frees the child's records that were read here, up to and with `seq`. */
  acknowledge(childId: number, seq: number): void;
  /** How many of the child's records were read here and are not acknowledged. */
  held(childId: number): number;
  /**
   * Reads no more. What was read stays claimed, up to the record of each child that is named here; what comes after it is
   * given back, and of a child that is not named all that is not acknowledged.
   */
  stop(given: ReadonlyMap<number, number>): void;
  /** Ends the reading, also one that waits. Idempotent. */
  close(): void;
}
