import type { Access } from '../access.ts';
import type { FileSession } from './files.ts';
import type { Failure, Phase } from '../failure.ts';
import type { Target } from '../target.ts';

/** How to reach targets. Every failure is thrown as a FailureError whose `mayHaveRun` is right. */
export interface Transport {
  /**
   * Makes ready for a whole job, before any host is touched; with `login`, reads its keys and known_hosts, once.
   * Throws ConfigError: a key file that is missing, open to others or of an unknown format.
   */
  prepare(targets: readonly Target[], access: Access, login: boolean): Promise<void>;
  /**
   * Gets ready what this one login needs and only a person can give, like the passphrase of its key: before a login slot
   * is taken, because a person takes long. Does nothing where nothing is missing.
   */
  unlock(request: ConnectRequest): Promise<void>;
  /** A place on an open connection that may serve this request, or null. Never touches the network. */
  take(request: ConnectRequest): Connection | null;
  /**
   * One attempt: resolve, connect, handshake, verify, authenticate. Requests that could share one connection and come
   * while its login is under way wait for that login, and share its failure: a host is not asked twice at once.
   */
  connect(request: ConnectRequest): Promise<Connection>;
  /** Goes as far as `until`, and tells how far it came and how long each step took. Never throws a FailureError. */
  probe(request: ProbeRequest): Promise<Probe>;
  /**
   * The host's public keys, one of each type it has: as many key exchanges as there are types, none of which goes on to
   * log in; verified by nobody. Throws FailureError where the host cannot be reached.
   */
  hostKeys(request: ConnectRequest): Promise<readonly OfferedHostKey[]>;
  /** Connections open now, idle ones included. */
  readonly openConnections: number;
  /** Ends every connection. */
  close(): Promise<void>;
}

export interface PhaseObserver {
  /** A phase is over; `detail` is safe text. */
  phase(phase: Phase, ms: number, detail: string | null): void;
  /** A line of the conversation, safe text; null where nobody listens, so that none is made. */
  readonly trace: ((text: string) => void) | null;
  /** Something the operator should know about this host although it works, like a key that was learned; safe text. */
  warning(text: string): void;
}

export interface AskedQuestion {
  /** Children whose questions have the same key wait for the same answer. */
  readonly key: string;
  /** One line of safe text. */
  readonly text: string;
  readonly secret: boolean;
  /** See Question. */
  readonly isOfJob?: true;
  /** Aborted: the answer is of no use any more, and the question is withdrawn. Absent: it stays. */
  readonly signal?: AbortSignal;
}

export interface ConnectRequest {
  readonly target: Target;
  readonly access: Access;
  /** Bounds resolve, connect, greeting and key exchange together, from the call on. Milliseconds. */
  readonly connectTimeoutMs: number;
  /** Bounds the same for each jump host that has no time of its own; absent: as `connectTimeoutMs`. */
  readonly jumpTimeoutMs?: number;
  readonly observer: PhaseObserver;
  /**
   * Has a question put to the operator: the child is Blocked until there is an answer. Rejects with the signal's reason
   * when the child is stopped meanwhile. null: nobody can be asked (`Access.prompt` is not `when-needed`).
   */
  readonly ask: ((question: AskedQuestion) => Promise<string>) | null;
  /** How long the connection is kept idle after its last holder has released it; null: the transport's own time. */
  readonly keepMs: number | null;
  /** Aborted: the attempt is given up at once, its socket destroyed, and the call rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** A public key that a host has shown, and proven to hold (RFC 4253 section 8). */
export interface OfferedHostKey {
  /** Like `ssh-ed25519`. */
  readonly type: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** The key's blob in base64, as known_hosts has it. */
  readonly key: string;
  /** The certificate that it came in, in base64, checked by nobody; absent: in none. */
  readonly certificate?: string;
}

/** How far a probe goes: the name, the TCP connection, the SSH greeting, the login. */
export type Reach = 'resolve' | 'tcp' | 'ssh' | 'auth';

export interface ProbeRequest extends ConnectRequest {
  readonly until: Reach;
}

export interface Probe {
  /** The last step that succeeded; null when not even the name resolved. */
  readonly reached: Reach | null;
  /** The address that was connected to, or that the name resolved to. */
  readonly address: string | null;
  /** Milliseconds each step took; null where it was not begun or did not succeed. */
  readonly resolveMs: number | null;
  readonly tcpMs: number | null;
  readonly sshMs: number | null;
  readonly authMs: number | null;
  readonly failure: Failure | null;
}

/**
 * One holder's place on a connection. Others may hold places on the same one (channels are multiplexed, RFC 4254), up to
 * what the server allows; `release` gives up this place only, once.
 */
export interface Connection {
  readonly target: Target;
  /** The address on the other side. */
  readonly address: string;
  /**
   * Sends a command, as it is, to the login shell of the target's user. Resolves when the server has accepted it.
   * Rejects with a FailureError: `open` (nothing was run), or `lost` when contact ended after it was sent.
   */
  exec(command: string, listener: ChannelListener, options?: ExecOptions): Promise<Channel>;
  /**
   * The host's files (SFTP, draft-ietf-secsh-filexfer-02), on a channel of its own. Rejects with a FailureError
   * `exec-refused` where the server has no SFTP subsystem.
   */
  sftp(): Promise<FileSession>;
  /** The connection itself: one object for all its places. Absent: nobody else has a place on it. */
  readonly shared?: SharedConnection;
  /** Whether others hold places on this connection now: a refused channel may then be had on another connection. */
  readonly isShared: boolean;
  /** It was open before this holder came, and may be dead without anybody knowing: a new one may do better. Absent: no. */
  readonly isKept?: boolean;
  /**
   * The commands of this connection (all places) that have not reported their end, in the order in which they were sent.
   * The host's processes below this connection's server stand in the same order, which is how a stop tells them apart.
   */
  readonly running: readonly Channel[];
  /** Given back after its work: the last place makes the connection idle, kept for the next or ended. */
  release(): void;
  /** Ends it now, without ceremony. */
  destroy(): void;
}

/** What goes with a command. Absent: nothing of it. */
export interface ExecOptions {
  /** `none`: no input will come, and the end of file goes out together with the command. */
  readonly input?: 'none';
  /** Variables the server is asked to set first (RFC 4254 section 6.4); it may refuse each without a word. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs on a terminal of its own (section 6.2): stderr comes as output, and its end hangs the command up. */
  readonly tty?: TtySize;
  /** The command may use our agent (draft-miller-ssh-agent, section on forwarding). */
  readonly forwardAgent?: boolean;
}

/** In characters. */
export interface TtySize {
  readonly columns: number;
  readonly rows: number;
  /** Its kind, for TERM (term(7)). Absent: `dumb`. */
  readonly term?: string;
}

export interface SharedConnection {
  /**
   * A further place, beyond those that are lent out: for what serves several holders, and may have to outlast the one who
   * began it.
   */
  beside(place: Connection): Connection;
}

export interface ChannelListener {
  /** Bytes in the order in which they came. */
  data(stream: 'output' | 'error', bytes: Uint8Array): void;
}

export interface Channel {
  /** Settles once, when the command's status and all output it will give are in; never rejects. */
  readonly ended: Promise<ChannelEnd>;
  /** Sends input. Resolves when it is taken or the other side no longer takes any; false: stop sending. */
  write(bytes: Uint8Array): Promise<boolean>;
  /** No more input: end of file on the command's stdin. */
  endInput(): void;
  /** Back-pressure: while paused the host's writes wait in its own buffers. */
  pause(): void;
  resume(): void;
  /** Asks the server to signal the command (RFC 4254 section 6.9). It tells nothing about success. */
  signal(name: string): void;
  /** Closes the channel; the command may go on. */
  close(): void;
}

export type ChannelEnd =
  /** `drained` is false where output was still open when the drain time was over. */
  | { readonly kind: 'exit'; readonly code: number; readonly drained: boolean }
  | {
      readonly kind: 'signal';
      readonly signal: string;
      readonly core: boolean;
      /** The server's free text, not made safe. */
      readonly text: string;
      readonly drained: boolean;
    }
  /** The server closed the channel without a status. */
  | { readonly kind: 'no-status' }
  /** Contact was lost; `reason` is safe text, `via` the jump host that was lost, where it was one. */
  | { readonly kind: 'lost'; readonly reason: string; readonly via?: string }
  /** We closed it. */
  | { readonly kind: 'closed' };
