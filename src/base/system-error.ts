/** Whatever was thrown, as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error
    ? error
    : new Error('something that is no error was thrown', { cause: error });
}

/** The code of a Node system error, like `ENOENT`; null for anything else. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
