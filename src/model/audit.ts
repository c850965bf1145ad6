/** Who asked for a job, as this machine knows them. */
export interface AuditOrigin {
  readonly user: string;
  /** null: this machine numbers nobody. */
  readonly uid: number | null;
  /** Who logged in first, whoever they became since by su or sudo (proc(5), loginuid); null: nothing tells. */
  readonly loginUid: number | null;
  /** Who called sudo. */
  readonly sudoUser: string | null;
  /** The terminal's device; null: none. */
  readonly terminal: string | null;
  /** From where they are logged in here: the client's address and port, and ours, as sshd says it ($SSH_CONNECTION). */
  readonly ssh: string | null;
}

/** Where a job is written down, and for whom. */
export interface AuditSettings {
  /** An absolute path. */
  readonly file: string;
  readonly origin: AuditOrigin;
}
