import type { JobView } from '../job.ts';
import type { JobDefinition } from '../definition.ts';
import type { JobEvent } from '../event.ts';
import type { OutputRecord } from '../record.ts';
import type { WorkKind } from './work.ts';

/** Owns the jobs, their results, the connections and the throttle. The same face in process and through a socket. */
export interface JobController {
  /** Adds a kind of work. Throws when the kind is there already. */
  register(kind: WorkKind): void;
  /**
   * Makes a parent and its children, and begins. Throws ConfigError before any host is touched.
   * When the signal is aborted the job is stopped.
   */
  start(definition: JobDefinition, signal?: AbortSignal): Promise<JobView>;
  /** All parents, by id. */
  jobs(): Promise<readonly JobView[]>;
  /** A parent by its id. Throws ConfigError `no-such-job`. */
  job(id: number): Promise<JobView>;
  /** Resolves when the parent is finished; rejects with the signal's reason when that comes first (the job goes on). */
  wait(id: number, signal?: AbortSignal): Promise<JobView>;
  /**
   * The events of one job from its start, then as they come, `end` last. Each record is acknowledged, and so freed,
   * when the next event is asked for: stop early, and what was not taken stays. A slow reader slows the hosts down.
   */
  follow(id: number): AsyncIterable<JobEvent>;
  /** What is unread now, children in target order. Without `keep` each record is freed when the next is asked for. */
  receive(id: number, options?: ReceiveOptions): AsyncIterable<Received>;
  /** Asks the job, or one child, to stop; resolves when it is finished. `by` says who asked. */
  stop(id: number, by: string): Promise<void>;
  /** Forgets a finished job. Throws ConfigError while it is unfinished. */
  remove(id: number): Promise<void>;
  /** Stops every job, waits for the end of each, closes every connection. */
  dispose(): Promise<void>;
}

export interface ReceiveOptions {
  /** Leave what is delivered unread. */
  readonly keep?: boolean;
}

/** A record and whose it is. */
export interface Received extends OutputRecord {
  readonly host: string;
  readonly childId: number;
}
