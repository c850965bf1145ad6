import { safeLine } from '../../base/safe-text.ts';
import { amountText } from '../../model/batches.ts';
import type { Failure } from '../../model/failure.ts';
import type { Amount } from '../../model/rollout.ts';
import type { Target } from '../../model/target.ts';
import type { Tripped } from './breaker.ts';

export type Noun = 'host' | 'item';

/** Why a rollout was cut. */
export type CutReason =
  | { readonly kind: 'failures'; readonly failures: number; readonly allowed: Amount }
  | ({ readonly kind: 'breaker' } & Tripped)
  | { readonly kind: 'refused'; readonly batch: number; readonly batches: number };

/** What each child that was not begun is told. */
export function skipFailure(reason: CutReason): Failure {
  return {
    phase: 'local',
    code: 'skipped',
    message: safeLine(`not begun: ${childText(reason)}`),
    mayHaveRun: false,
    via: null,
  };
}

/** How many children were not begun, and how many were stopped while they ran. */
export interface CutCounts {
  readonly reason: CutReason;
  readonly skipped: number;
  readonly stopped: number;
}

/** What the job as a whole has to say; null: nothing came of it. */
export function cutMessage(cut: CutCounts, noun: Noun): string | null {
  const { reason, skipped, stopped } = cut;
  const parts = [
    ...(skipped === 0 ? [] : [`${count(skipped, noun)} ${were(skipped)} not begun`]),
    ...(stopped === 0 ? [] : [`${count(stopped, noun)} ${were(stopped)} stopped`]),
  ];
  if (parts.length === 0) return null;
  return safeLine(`${jobText(reason)}; ${parts.join(', ')}${hint(reason)}`);
}

function childText(reason: CutReason): string {
  switch (reason.kind) {
    case 'failures':
      return `${count(reason.failures, 'failure')} before it (--max-failures ${amountText(reason.allowed)})`;
    case 'breaker':
      return `${breakerText(reason)} (--no-breaker tries every host)`;
    case 'refused':
      return `the answer before batch ${reason.batch} of ${reason.batches} was no`;
  }
}

function jobText(reason: CutReason): string {
  switch (reason.kind) {
    case 'failures':
      return `stopped after ${count(reason.failures, 'failure')}: --max-failures ${amountText(reason.allowed)}`;
    case 'breaker':
      return `stopped: ${breakerText(reason)}`;
    case 'refused':
      return `stopped before batch ${reason.batch} of ${reason.batches}: the answer was no`;
  }
}

function breakerText({ logins, code }: Tripped): string {
  return `the first ${logins} logins all failed with ${code}`;
}

function hint({ kind }: CutReason): string {
  return kind === 'breaker' ? ' (--no-breaker tries every host)' : '';
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

function were(number: number): string {
  return number === 1 ? 'was' : 'were';
}

/** What children are called together: several of an `each` may be on one host. */
export function nounOf(targets: readonly Target[]): Noun {
  return new Set(targets.map(({ name }) => name)).size === targets.length ? 'host' : 'item';
}
