import type { Clock } from '../../base/clock.ts';
import type { Json } from '../json.ts';
import type { JobType, Progress } from '../job.ts';
import type { WorkData, WorkEnd } from '../outcome.ts';
import type { StreamName } from '../record.ts';
import type { Target } from '../target.ts';
import type { Become } from '../become.ts';
import type {
  AskedQuestion,
  Connection,
  OfferedHostKey,
  PhaseObserver,
  Probe,
  Reach,
} from './transport.ts';

/** What to do on each target, as data: it can be stored, listed and sent to a controller elsewhere. */
export interface WorkSpec {
  readonly kind: string;
  readonly [field: string]: Json;
}

/** One kind of work: how a spec of that kind is shown and done. Registered with a controller by its `kind`. */
export interface WorkKind<Spec extends WorkSpec = WorkSpec> {
  readonly kind: string;
  readonly jobType: JobType;
  /** Throws ConfigError where a spec of this kind is not usable. */
  parse(spec: WorkSpec): Spec;
  /** Throws ConfigError where a spec cannot be done on one of these targets. Absent: it can be on any. */
  fits?(spec: Spec, targets: readonly Target[]): void;
  /** The text of the Command column; of a child, with its item, where it has one, and as it is for its target. */
  describe(spec: Spec, item: string | null, target?: Target): string;
  /** Whether a spec's work logs in to its targets, so that keys and known hosts are read beforehand. Absent: it does. */
  logsIn?(spec: Spec): boolean;
  /**
   * Children of this kind that run at once over all jobs of a controller, each under its job's fanout as well; the others
   * stay NotStarted. Absent: no limit but the fanout. For work that lives in the controller's own process, as threads do.
   */
  readonly limit?: number;
  /** Whether this work can outlive its connection (JobDefinition.durable). Absent: no. */
  canBeDurable?(spec: Spec): boolean;
  /**
   * Removes what durable work keeps on its host, once all that was received, or nobody will: null. Else why it stays there,
   * as safe text. Rejects with a FailureError where the host did not answer, or contact was lost.
   */
  forget?(spec: Spec, context: ForgetContext): Promise<string | null>;
  /**
   * Does the work on one target. Ends by returning, or by throwing a FailureError.
   * When `context.signal` is aborted it ends what it began, confirms that where it can, and returns `ended`.
   */
  run(spec: Spec, context: WorkContext): Promise<WorkEnd>;
}

/** How far each of a host's streams was received, in bytes from its begin. */
export interface StreamPlaces {
  readonly output: number;
  readonly error: number;
  /** A beginning of the command may be on its way to the host still, although it was begun by another. Absent: no. */
  readonly doubtful?: true;
}

/** What a kind of work may use to remove what it keeps on a host. */
export interface ForgetContext extends Pick<
  WorkContext,
  'clock' | 'target' | 'instanceId' | 'become'
> {
  /** How far the work came. */
  readonly places: StreamPlaces;
  connect(): Promise<Connection>;
}

/** What work may use: everything it needs comes in here, and everything it says goes out here. */
export interface WorkContext {
  readonly jobId: number;
  readonly childId: number;
  /** Position of this target in its job, from 0. */
  readonly index: number;
  readonly total: number;
  /** The child's own, a UUID: the lease on beginning a durable command goes by it. */
  readonly instanceId: string;
  /** See JobDefinition. */
  readonly durable: boolean;
  /** Where an earlier controller left off with a durable command that it had sent; null: it was never sent. */
  readonly reached: StreamPlaces | null;
  readonly target: Target;
  /** What this child works on, where its job has an item for each. */
  readonly item: string | null;
  readonly clock: Clock;
  /** Its reason is a StopCause. */
  readonly signal: AbortSignal;
  /** From TERM to KILL, when the work is made to end. Milliseconds. */
  readonly graceMs: number;
  /** Further attempts that the job allows where a phase before the command was sent has failed. */
  readonly retries: number;
  /** Waits as long as the job wants between two attempts. `round`: from 0 on. Rejects when the work is to end meanwhile. */
  rest(round: number): Promise<void>;
  /** As whom commands run; null: as who logs in. */
  readonly become: Become | null;
  /**
   * Puts a question to the operator: the child is Blocked until there is an answer. Rejects with the signal's reason when
   * the child is stopped meanwhile. null: nobody can be asked.
   */
  readonly ask: ((question: AskedQuestion) => Promise<string>) | null;
  /** Input for the command, opened once for each child; null: none. */
  readonly input: (() => AsyncIterable<Uint8Array>) | null;
  /** A connection to the target: waits for a login slot, logs in, retries as the job allows. Released by the controller. */
  connect(): Promise<Connection>;
  /**
   * Contact was lost, and what runs on the host was not: the child is Disconnected until a new connection is there. Tries
   * again with waits that grow, and at once when another child comes back by the same route. Rejects with the signal's
   * reason, and with a FailureError where coming back is hopeless: the host is another, or lets nobody in any more.
   */
  reconnect(reason: string): Promise<Connection>;
  /**
   * A connection to end something with, although the work is to end: the one that is open, or one of a few attempts within
   * so many milliseconds; null: none was to be had. `instead`: not that one. Never rejects.
   */
  connectToEnd(ms: number, instead?: Connection): Promise<Connection | null>;
  /**
   * What of the host's streams is in records by now, or is none of them: where a later controller goes on once those were
   * received.
   */
  took(places: StreamPlaces): void;
  /** Probes the target, under the same login slots. */
  probe(until: Reach): Promise<Probe>;
  /** The host's public keys, under the same login slots: see Transport.hostKeys. */
  hostKeys(): Promise<readonly OfferedHostKey[]>;
  /** Adds a record; `structured`: the bytes are one line with a JSON object. */
  write(stream: StreamName, data: Uint8Array, structured?: true): void;
  /**
   * Where reading should pause because the reader of the records is behind; called with true, and later with false. Until the
   * child's end, over all its connections, or until what it returns is called.
   */
  onPressure(listener: (pause: boolean) => void): () => void;
  /** Sets further JSON fields of the child. */
  report(data: WorkData): void;
  /** A phase of the work's own is over: see PhaseObserver. */
  readonly phase: PhaseObserver['phase'];
  /** How far the command is, as it says itself. */
  progress(progress: Progress): void;
  /**
   * Resolves at once, or, where the child was suspended meanwhile, when it is resumed. Work waits for it right before it
   * sends its command or begins its process: from then on it has to be suspended through `suspendable`.
   */
  go(): Promise<void>;
  /**
   * How what was begun is halted and let go on; null: no longer. Work that never calls this cannot be suspended.
   * `isHalted`: whether it is, as its host says; it is left so where nobody has asked for anything else.
   */
  suspendable(work: Suspendable | null, isHalted?: boolean): void;
  /** The limit on the command's own time begins now. Called when the command was accepted. */
  started(): void;
}

/** What runs on a host, as the controller suspends and resumes it. Never called twice at once. */
export interface Suspendable {
  /**
   * Halts it and all that descends from it (SIGSTOP). null: done. Else why it cannot be, as a phrase of safe text; then
   * everything runs on as before.
   */
  suspend(): Promise<string | null>;
  /** Lets all that was halted go on (SIGCONT). null: done; else why not. */
  resume(): Promise<string | null>;
}
