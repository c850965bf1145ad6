import type { FailureCode, Phase } from '../../src/model/failure.ts';
import { type Fleet, type Place } from '../fleet/sshd.ts';
import type { ChildJson, JobJson } from '../helpers/job-json.ts';
import {
  type MusterOptions,
  type MusterProcess,
  type MusterResult,
} from '../helpers/run-muster.ts';
/**
 * The setting of every row of the fault matrix: hosts A and C are real and well, and the fault is B's, which is whatever
 * the test starts at its place.
 */
export interface Abc {
  readonly fleet: Fleet;
  readonly a: string;
  readonly b: Place;
  readonly c: string;
  /** `muster run` on A, B and C, with `-O json`. */
  run(command: string, options?: RunOptions): Promise<Row>;
  /** The same, to be watched and signalled while it runs; `-O jsonl` unless told otherwise. */
  start(command: string, options?: RunOptions): MusterProcess;
  stop(): Promise<void>;
}
export interface RunOptions extends MusterOptions {
  /** `-O`. */
  readonly output?: string;
  /** Further words for the command line, before `--`. */
  readonly flags?: readonly string[];
  /** Instead of the fleet's. */
  readonly knownHosts?: string;
  /** Instead of A, B, C. */
  readonly hosts?: readonly string[];
}
export interface Row {
  readonly result: MusterResult;
  readonly job: JobJson;
  readonly a: ChildJson;
  readonly b: ChildJson;
  readonly c: ChildJson;
}
/** `through`: words before sshd and muster, which put both into another network. */
export declare function startAbc(options?: { readonly through?: readonly string[] }): Promise<Abc>;
export declare function childOf(job: JobJson, host: string): ChildJson;
/** One command for all, that does something else on one host: `$SSH_CONNECTION` ends with the address and port it came to. */
export declare function onlyOn(host: string, there: string, elsewhere?: string): string;
/** What every row asks for beside its own: the others are untouched, the parent failed, the message is fit to print. */
export declare function expectOnlyBFailed(
  row: Row,
  wanted: {
    readonly phase: Phase;
    readonly code: FailureCode;
    readonly mayHaveRun: boolean;
    readonly exit: number;
    /** What the message must say. */
    readonly says: readonly RegExp[];
  },
): void;
/** A and C: completed, once, with every byte, and not held up by B. */
export declare function expectOthersUnaffected(
  { a, c, result }: Row,
  output?: string,
  withinMs?: number,
): void;
/** One line of at most 200 characters, without anything that a terminal would obey. */
export declare function expectSafeLine(message: string): void;
/** No control byte but newline and tab, and no character that turns or hides text. */
export declare function expectSafeText(text: string): void;
