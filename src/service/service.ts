import { MEMORY_BYTES } from '../model/defaults.ts';
import type { JobEvent } from '../model/event.ts';
import type { JobView } from '../model/job.ts';
import type { JobController, Received } from '../model/ports/controller.ts';
import type { ReceiveOptions } from '../model/query.ts';
import type { ServiceStatus } from '../model/status.ts';

export type { ServiceStatus } from '../model/status.ts';

/** Where one user's controller of one name lives. */
export interface ServicePaths {
  /** The name: `default` unless `--instance` says otherwise. */
  readonly instance: string;
  /** Private to the user (0700): holds the rest. */
  readonly folder: string;
  /** The Unix socket, 0600. */
  readonly socket: string;
  /** Says who owns the socket. */
  readonly lock: string;
  /** What the next controller is to know of this one's jobs; outlasts a logout. Never output of hosts, never a secret. */
  readonly journal: string;
  /** What the controller has to say of itself; never output of hosts, never a secret. */
  readonly log: string;
}

/** How a background controller is set up, when it is started. */
export interface ServiceSettings {
  /** How long idle connections are kept, in milliseconds. Default 300,000. */
  readonly keepMs: number;
  /** Idle connections are not given up below `min`; no more than `max` are open at once, except for work under way. */
  readonly pool: { readonly min: number; readonly max: number };
  /** It ends after so long without an unfinished job, an unread result and a client. Default one hour, in milliseconds. */
  readonly idleMs: number;
  /** Bytes of memory that unread results may take. Default 512 MB (2^29). */
  readonly memoryBytes: number;
}

export const SERVICE_DEFAULTS: ServiceSettings = {
  keepMs: 300_000,
  pool: { min: 0, max: 10_000 },
  idleMs: 3_600_000,
  memoryBytes: MEMORY_BYTES,
};

/** The background controller, seen from a client. `dispose` lets go of it; it goes on. */
export interface RemoteController extends JobController {
  readonly paths: ServicePaths;
  serviceStatus(): Promise<ServiceStatus>;
  /** As `follow`; whoever reads says what is used up. */
  followHeld(id: number, options?: ReceiveOptions): HeldReading<JobEvent>;
  /** As `receive`; whoever reads says what is used up. */
  receiveHeld(id: number, options?: ReceiveOptions): HeldReading<Received>;
  /** The job as it is once these readings have acknowledged all that they hold. */
  jobAfter(id: number, readings: readonly HeldReading<unknown>[]): Promise<JobView>;
  /**
   * Ends the controller, and with it its results; resolves when it is gone. Throws ConfigError `job-state` while jobs are
   * unfinished, unless `stopJobs`; with `detach`, while such are that are not durable.
   */
  shutdown(request: ShutdownRequest): Promise<void>;
}

export interface ShutdownRequest {
  /** Unfinished jobs are stopped first. */
  readonly stopJobs: boolean;
  /** Durable ones are left as they are on their hosts, for the next controller. */
  readonly detach: boolean;
}

/**
 * Records that are this reader's alone until it says that they are used up, also long after the last one was read. What
 * it has not acknowledged is unread again when it is closed, and when the process ends. It is read once, from one place.
 */
export interface HeldReading<T> extends AsyncIterable<T, undefined> {
  /** Under which the controller knows it; null: it has not begun, or keeps, and holds nothing. */
  readonly id: string | null;
  /** Of this child everything was used up that was read here up to and with this record. Told to the controller soon. */
  acknowledge(childId: number, seq: number): void;
  /** Nothing more is wanted: what is on its way still comes, and then the end. What comes later is unread. Idempotent. */
  stop(): void;
  /** Resolves when the controller knows what was acknowledged. Throws ConfigError `service` where it does not. */
  close(): Promise<void>;
}
