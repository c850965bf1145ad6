import { NO_ROLLOUT, type Rollout } from './rollout.ts';

/** What a job has where nothing else is said. The command line and the library take them from here. */
export const JOB_DEFAULTS: {
  readonly fanout: number;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: null;
  readonly retries: number;
  readonly retryDelayMs: null;
  readonly rollout: Rollout;
  readonly become: null;
  readonly okCodes: readonly number[];
  readonly graceMs: number;
  readonly durable: boolean;
  readonly maxOutput: null;
  readonly audit: null;
} = {
  fanout: 64,
  connectTimeoutMs: 10_000,
  // No hidden limits: a patch run takes as long as it takes.
  timeoutMs: null,
  retries: 0,
  retryDelayMs: null,
  rollout: NO_ROLLOUT,
  become: null,
  okCodes: [0],
  graceMs: 5000,
  durable: false,
  // No hidden limits.
  maxOutput: null,
  audit: null,
};

/** A selection of more hosts than this is refused, unless more were allowed. */
export const MAX_HOSTS = 100_000;

/** Bytes of memory that a controller's unread results may take, where nothing else is said. */
export const MEMORY_BYTES: number = 512 * 1024 * 1024;
