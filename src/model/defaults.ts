/** What a job has where nothing else is said. The command line and the library take them from here. */
export const JOB_DEFAULTS: {
  readonly fanout: number;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: null;
  readonly retries: number;
  readonly okCodes: readonly number[];
  readonly graceMs: number;
} = {
  fanout: 64,
  connectTimeoutMs: 10_000,
  // No hidden limits: a patch run takes as long as it takes.
  timeoutMs: null,
  retries: 0,
  okCodes: [0],
  graceMs: 5000,
};

/** A selection of more hosts than this is refused, unless more were allowed. */
export const MAX_HOSTS = 100_000;
