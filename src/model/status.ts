import type { JobState } from './state.ts';

/** How a controller is doing. */
export interface ControllerStatus {
  /** Connections open now, idle ones included. */
  readonly connections: number;
  /** Parent jobs by state, and all of them. */
  readonly jobs: Readonly<Record<JobState, number>> & { readonly total: number };
  /** Bytes of unread records, in memory and on the disk. */
  readonly bytesHeld: number;
  /** Those of them that are on the disk alone. */
  readonly bytesSpilled: number;
  /** Children waiting for their turn. */
  readonly queued: number;
  /** Unfinished jobs that outlive their connections. */
  readonly durable: number;
  /** Hosts that are to forget yet what such a job has left there. */
  readonly forgetting: number;
}

/** The same of a controller in the background, with the process that it is. */
export interface ServiceStatus extends ControllerStatus {
  readonly instance: string;
  readonly pid: number;
  readonly version: string;
  readonly uptimeMs: number;
  readonly socket: string;
  /** Processor time used so far, user and system together. */
  readonly cpuMs: number;
  /** Memory of the whole process. */
  readonly rssBytes: number;
  /** The limit of open files; null where the system does not tell. */
  readonly openFilesLimit: number | null;
  /** What was this machine's own trouble so far, the newest last. Safe text. */
  readonly warnings: readonly string[];
}
