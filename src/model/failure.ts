/** The phases of a child, in the order in which they happen. */
export type Phase =
  | 'resolve'
  | 'connect'
  | 'handshake'
  | 'verify'
  | 'authenticate'
  | 'open'
  | 'become'
  | 'run'
  | 'transfer'
  | 'local';

/** The closed set of codes. Programs branch on these; people read `message`. */
export type FailureCode =
  | 'dns'
  | 'dns-timeout'
  | 'refused'
  | 'connect-timeout'
  | 'unreachable'
  | 'banner-timeout'
  | 'protocol'
  | 'closed-early'
  | 'target-busy'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'auth-denied'
  | 'auth-partial'
  | 'auth-timeout'
  | 'agent'
  | 'channel-refused'
  | 'exec-refused'
  | 'jump-refused'
  | 'become-denied'
  | 'become-timeout'
  | 'become-missing'
  | 'exit-code'
  | 'signal'
  | 'timeout'
  | 'lost'
  | 'no-status'
  | 'output-limit'
  | 'transfer'
  | 'store'
  | 'internal'
  | 'skipped';

/** The one phase each code belongs to. */
export const FAILURE_PHASES: Readonly<Record<FailureCode, Phase>> = {
  dns: 'resolve',
  'dns-timeout': 'resolve',
  refused: 'connect',
  'connect-timeout': 'connect',
  unreachable: 'connect',
  'banner-timeout': 'handshake',
  protocol: 'handshake',
  'closed-early': 'handshake',
  'target-busy': 'handshake',
  'host-key-unknown': 'verify',
  'host-key-changed': 'verify',
  'host-key-revoked': 'verify',
  'auth-denied': 'authenticate',
  'auth-partial': 'authenticate',
  'auth-timeout': 'authenticate',
  agent: 'authenticate',
  'channel-refused': 'open',
  'exec-refused': 'open',
  'jump-refused': 'open',
  'become-denied': 'become',
  'become-timeout': 'become',
  'become-missing': 'become',
  'exit-code': 'run',
  signal: 'run',
  timeout: 'run',
  lost: 'run',
  'no-status': 'run',
  'output-limit': 'run',
  transfer: 'transfer',
  store: 'local',
  internal: 'local',
  skipped: 'local',
};

/** Who failed in one of these was not reached, or not let in. */
export const UNREACHED_PHASES: ReadonlySet<Phase> = new Set<Phase>([
  'resolve',
  'connect',
  'handshake',
  'verify',
  'authenticate',
  'open',
]);

/** Why a child failed. Kept apart from its output, and never consumed by receiving. */
export interface Failure {
  readonly phase: Phase;
  readonly code: FailureCode;
  /** One line of safe text, at most 200 characters. */
  readonly message: string;
  /** Whether the command may have run: true from the moment it was sent. */
  readonly mayHaveRun: boolean;
  /** The hop that failed, where it was a jump host. */
  readonly via: string | null;
}

/** A failure on its way to the child that it ends. `cause` is for debugging and is never shown as it is. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = failure;
  }
}

/** As a cause: contact ended before the host had decided. It has refused nothing, as far as is known. */
export class ContactEnded extends Error {
  override readonly name = 'ContactEnded';
}

/** Whether that is why it failed. */
export function isContactEnded(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof ContactEnded) return true;
  }
  return false;
}
