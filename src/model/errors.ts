/**
 * Errors of the operator's making or of their files: one clear line, exit status 2, nothing was run.
 * `hint` is the second line, where there is something to do about it.
 */
export type ConfigErrorCode =
  | 'usage'
  | 'node-set'
  | 'unknown-term'
  | 'empty-selection'
  | 'too-many-hosts'
  | 'inventory'
  | 'hosts-file'
  | 'ssh-config'
  | 'key-file'
  | 'known-hosts'
  | 'agent'
  | 'no-such-job'
  /** What was asked of a job does not fit its state: removing one that runs, answering one that asks nothing. */
  | 'job-state'
  /** The background controller cannot be found, trusted or talked to. */
  | 'service'
  /** The audit log cannot be written as it is to be. */
  | 'audit'
  | 'not-supported';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly hint: string | null;

  constructor(
    code: ConfigErrorCode,
    message: string,
    options: ErrorOptions & { readonly hint?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.hint = options.hint ?? null;
  }
}
