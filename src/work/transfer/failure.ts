import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { FAILURE_PHASES, FailureError, type FailureCode } from '../../model/failure.ts';

/**
 * Ends a transfer. `changed`: something may have been changed on the host. `store`: this machine could not keep what
 * came; everything else is `transfer`.
 */
export function transferFailure(
  message: string,
  changed: boolean,
  code: Extract<FailureCode, 'transfer' | 'store'> = 'transfer',
  cause?: unknown,
): FailureError {
  const failure = {
    phase: FAILURE_PHASES[code],
    code,
    message: safeLine(message),
    mayHaveRun: changed,
    via: null,
  };
  return new FailureError(failure, cause === undefined ? undefined : { cause });
}

/** Contact ended in the middle. */
export function isLost(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === 'lost';
}

/** Why something on this machine could not be done, in words. */
export function localReason(error: unknown): string {
  const code = errorCode(error);
  if (code !== null) return WORDS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'not a folder',
  EEXIST: 'it is there already',
  ELOOP: 'a symbolic link is in its place',
  ENOSPC: 'no space left on this machine',
  EDQUOT: 'the disk quota of this machine is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many open files on this machine',
  ENAMETOOLONG: 'the name is too long',
};
