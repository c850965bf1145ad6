/** The system's name for what went wrong, like ENOENT (errno(3)). */
export function errorCode(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : 'unknown error';
}
