import type { FailureCode } from '../model/failure.ts';
import type { ChildView, JobView } from '../model/job.ts';
import {
  endUnconfirmed,
  OUTCOME_KINDS,
  outcomeKind,
  outcomeReason,
  type OutcomeKind,
} from './message.ts';

/** A job's outcome in few words: who ended how and why, and how long it took. */
export interface Summary {
  readonly total: number;
  /** By kind, in OUTCOME_KINDS' order; within a kind the largest set first. */
  readonly outcomes: readonly OutcomeGroup[];
  /** Hosts on which something of the command may still run. */
  readonly unconfirmed: readonly string[];
  readonly timing: Timing | null;
}

/** Hosts that ended alike, in target order. */
export interface OutcomeGroup {
  readonly kind: OutcomeKind;
  readonly hosts: readonly string[];
  /** Safe text; a host's own name stands as `{host}` where several hosts share the reason. */
  readonly reason: string | null;
  /** How many further reasons of the same code were put under this one, because they were too many to list. */
  readonly otherReasons: number;
}

/** Of the children that began and ended. Milliseconds. */
export interface Timing {
  readonly meanMs: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly slowestHost: string;
}

export function summarize(job: JobView): Summary {
  return {
    total: job.children.length,
    outcomes: outcomesOf(job.children),
    unconfirmed: job.children.filter(endUnconfirmed).map((child) => child.host),
    timing: timingOf(job.children),
  };
}

export function outcomesOf(children: readonly ChildView[]): readonly OutcomeGroup[] {
  const byKindAndCode = groupBy(
    children,
    (child) => `${outcomeKind(child)} ${codeOf(child) ?? ''}`,
  );
  const groups = [...byKindAndCode.values()].flatMap(groupsOfOneCode);
  return groups.sort(
    (a, b) =>
      OUTCOME_KINDS.indexOf(a.kind) - OUTCOME_KINDS.indexOf(b.kind) ||
      b.hosts.length - a.hosts.length,
  );
}

export function timingOf(children: readonly ChildView[]): Timing | null {
  const timed = children
    .flatMap(({ host, end, durationMs: ms }) => (ms === null || end === null ? [] : [{ host, ms }]))
    .sort((a, b) => a.ms - b.ms);
  // Of several that took as long, the first in target order.
  const slowest = timed.find(({ ms }) => ms === timed.at(-1)?.ms);
  const low = timed[(timed.length - 1) >> 1];
  const high = timed[timed.length >> 1];
  if (slowest === undefined || low === undefined || high === undefined) return null;
  return {
    meanMs: timed.reduce((sum, { ms }) => sum + ms, 0) / timed.length,
    medianMs: (low.ms + high.ms) / 2,
    slowestMs: slowest.ms,
    slowestHost: slowest.host,
  };
}

/** Children of one kind and code, by their reasons; as one group where nearly every host has a reason of its own. */
function groupsOfOneCode(children: readonly ChildView[]): readonly OutcomeGroup[] {
  const groups = [...groupBy(children, reasonTemplate).values()]
    .map(groupOfOneReason)
    .sort((a, b) => b.hosts.length - a.hosts.length);
  const [first, ...others] = groups;
  if (first === undefined || groups.length <= MOST_REASONS) return groups;
  const hosts = children.map((child) => child.host);
  return [{ ...first, hosts, otherReasons: others.length }];
}

function groupOfOneReason(children: readonly ChildView[]): OutcomeGroup {
  const [first] = children;
  if (first === undefined) throw new Error('a group without a host');
  const alike = children.every((child) => outcomeReason(child) === outcomeReason(first));
  return {
    kind: outcomeKind(first),
    hosts: children.map((child) => child.host),
    reason: alike ? outcomeReason(first) : reasonTemplate(first),
    otherReasons: 0,
  };
}

/** The reason with `{host}` for the host's own name, so that hosts with the same trouble stand together. */
function reasonTemplate(child: ChildView): string | null {
  const reason = outcomeReason(child);
  if (reason === null || !reason.includes(child.host)) return reason;
  // A host, or an item, may be called 7, or killed.
  if (NAMELESS.has(codeOf(child))) return reason;
  const [first = '', ...others] = reason.split(child.host);
  // A part of a longer name, as `web1` in `web1.example.com` or `web10`, is no name of this host.
  return others.reduce((text, next) => {
    const whole = !NAME_BEFORE.test(text) && !NAME_AFTER.test(next);
    return text + (whole ? '{host}' : child.host) + next;
  }, first);
}

function codeOf(child: ChildView): FailureCode | null {
  return child.failure?.code ?? null;
}

function groupBy<Key>(
  children: readonly ChildView[],
  key: (child: ChildView) => Key,
): ReadonlyMap<Key, readonly ChildView[]> {
  const groups = new Map<Key, ChildView[]>();
  for (const child of children) {
    const name = key(child);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [child]);
    else group.push(child);
  }
  return groups;
}

/** What is said of these names nobody. */
const NAMELESS: ReadonlySet<FailureCode | null> = new Set<FailureCode>([
  'exit-code',
  'signal',
  'timeout',
  'skipped',
]);
/** Reasons with a time or a count in them differ on each host; past this many lines nobody compares them. */
const MOST_REASONS = 6;
const NAME_BEFORE = /[\w.-]$/u;
const NAME_AFTER = /^(?:[\w-]|\.\w)/u;
