import type { Failure } from './failure.ts';
import type { Json } from './json.ts';
import type { FinishedState } from './state.ts';

/** Why a child is made to end before it ends by itself. First writer wins: a timeout that kills stays a timeout. */
export type StopCause =
  | { readonly kind: 'stop'; readonly by: string }
  /** Its login was given up, before anything was sent. */
  | { readonly kind: 'skip'; readonly failure: Failure }
  | { readonly kind: 'timeout'; readonly limitMs: number }
  /** There is no room for what it says. `why`: safe text. */
  | { readonly kind: 'store'; readonly why: string }
  /** It said more than it may. */
  | { readonly kind: 'output-limit'; readonly limitBytes: number }
  /** Its controller goes, and it stays as it is on its host for the next one. */
  | { readonly kind: 'detach' };

/**
 * How a piece of work ended, as the work saw it. The controller turns it into an Outcome:
 * only it knows which exit codes are fine and what was asked for first.
 */
export type WorkEnd =
  /** The command reported an exit status. `note` is an observation, like output left open. */
  | { readonly kind: 'exit'; readonly code: number; readonly note?: string }
  /** A signal killed the command (RFC 4254 section 6.10, exit-signal). The name is without SIG. */
  | {
      readonly kind: 'signal';
      readonly signal: string;
      readonly core: boolean;
      readonly note?: string;
    }
  /** Work that has no exit status of its own, like a check, succeeded. */
  | { readonly kind: 'done'; readonly note?: string }
  /** `exitCode`: what counts as the exit status of work that has none, where it ran and failed. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly exitCode?: number }
  /** The work was ended because its signal was aborted. `confirmed`: nothing of it is left on the host. */
  | { readonly kind: 'ended'; readonly confirmed: boolean; readonly note?: string };

/** What work may report about its child beside its output: extra JSON fields of the child, by name. */
export type WorkData = Readonly<Record<string, Json>>;
export const NO_DATA: WorkData = {};

/** The one final verdict on a child; total, decided once. */
export interface Outcome {
  readonly state: FinishedState;
  readonly exitCode: number | null;
  /** The name of the signal that killed the command, without SIG. Never set together with exitCode. */
  readonly signal: string | null;
  readonly failure: Failure | null;
  readonly statusMessage: string | null;
  /** After a stop or a time limit: whether it was confirmed that nothing of the command is left. Else null. */
  readonly endConfirmed: boolean | null;
}
