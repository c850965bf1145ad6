/**
 * How long the phases may take that `--connect-timeout` does not bound, in milliseconds. No host can hold a child longer
 * than they add up to, but for its command, which takes as long as it takes.
 */
export const DEADLINES: {
  /** The login. A person's typing is not counted. */
  readonly authenticateMs: number;
  readonly openMs: number;
  /** The server's reply to the command. */
  readonly execReplyMs: number;
  /** Output that is still open after the exit status, because a background child has it. */
  readonly drainMs: number;
} = { authenticateMs: 30_000, openMs: 10_000, execReplyMs: 10_000, drainMs: 2_000 };
