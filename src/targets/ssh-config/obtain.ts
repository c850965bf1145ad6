import type { Block, Criterion, HostPattern } from './block.ts';
import type { BlockIndex } from './block-index.ts';
import type { Directive } from './directive.ts';
import { Gathering, type Obtained } from './gathering.ts';
import { matchesHostList, matchesList, matchesPattern } from './patterns.ts';

/** What is known of a host before any file is asked. */
export interface HostQuery {
  /** As it was named. */
  readonly name: string;
  /** What counts more than any file; null: nothing is said. */
  readonly address: string | null;
  readonly user: string | null;
  readonly port: number | null;
  /** Of a jump host nothing counts that `-o` says. */
  readonly isHop: boolean;
}

export interface MatchContext {
  readonly localUser: string;
  /** Whether a command of Match exec succeeds; null: they are not run. */
  readonly exec: ((criterion: ExecCriterion) => boolean) | null;
  /** A criterion that was not judged, where all before it held. */
  readonly unjudged: (criterion: Criterion, place: string) => void;
}

export interface ExecCriterion {
  readonly command: string;
  readonly place: string;
  readonly query: HostQuery;
  /** What was obtained so far. */
  readonly state: State;
}

/** What conditions are asked of, while blocks are gone through. */
export interface State {
  /** The host's name, and what HostName has made of it. */
  readonly address: string;
  readonly user: string;
  readonly first: ReadonlyMap<string, Directive>;
}

/** What does not change from host to host. */
export interface ObtainContext extends MatchContext {
  readonly index: BlockIndex;
  /** What was obtained before, by its key: for hosts of which the same is said it is one object. */
  readonly known: Map<string, Obtained>;
}

/**
 * Goes through the blocks in order, as ssh does it: twice where some wait for the end (`Match final`), and then `Host`
 * lines are about the name that HostName has made.
 */
export function obtain(
  query: HostQuery,
  context: ObtainContext,
  addressOf: (first: ReadonlyMap<string, Directive>) => string,
): Obtained {
  const gathering = new Gathering();
  pass(query, context, gathering, addressOf, null);
  const early = gathering.obtained(context.known);
  const canonicalize = early.first.get('canonicalizehostname')?.args[0] ?? '';
  if (!context.index.wantsFinal && !/^(?:yes|true|always)$/iu.test(canonicalize)) return early;
  gathering.beginFinal();
  pass(query, context, gathering, addressOf, addressOf(early.first).toLowerCase());
  return gathering.obtained(context.known);
}

function pass(
  query: HostQuery,
  context: ObtainContext,
  gathering: Gathering,
  addressOf: (first: ReadonlyMap<string, Directive>) => string,
  final: string | null,
): void {
  const active = new Set<Block>();
  const name = final ?? query.name;
  for (const block of context.index.candidates(name)) {
    if (block.parent !== null && !active.has(block.parent)) continue;
    const { condition } = block;
    let holds = true;
    switch (condition.kind) {
      case 'always':
        // The first block is the command line's.
        holds = block.index > 0 || !query.isHop;
        break;
      case 'as':
        holds = active.has(condition.block);
        break;
      case 'host':
        holds = matchesHost(name, condition.patterns);
        break;
      case 'match': {
        const first = gathering.soFar();
        const state: State = {
          address: final ?? addressOf(first),
          user: query.user ?? first.get('user')?.args[0] ?? context.localUser,
          first,
        };
        const asked = { ...context, query, state, isFinal: final !== null };
        holds = matches(condition.criteria, condition.place, asked);
      }
    }
    if (!holds) continue;
    active.add(block);
    gathering.add(block);
  }
}

function matchesHost(name: string, patterns: readonly HostPattern[]): boolean {
  let holds = false;
  for (const { negated, pattern } of patterns) {
    if (!matchesPattern(name, pattern)) continue;
    if (negated) return false;
    holds = true;
  }
  return holds;
}

interface Asked extends MatchContext {
  readonly query: HostQuery;
  readonly state: State;
  readonly isFinal: boolean;
}

function matches(criteria: readonly Criterion[], place: string, asked: Asked): boolean {
  for (const criterion of criteria) {
    const found = judge(criterion, place, asked);
    if (found === null || found === criterion.negated) return false;
  }
  return true;
}

/** No tag is no text that a pattern could match. */
function matchesTag(tag: string, argument: string): boolean {
  return tag === '' || argument === '' ? tag === argument : matchesList(tag, argument);
}

/** null: it is not judged, and does not hold, negated or not. */
function judge(criterion: Criterion, place: string, asked: Asked): boolean | null {
  const { name, argument } = criterion;
  const { query, state } = asked;
  switch (name) {
    case 'all':
      return true;
    case 'final':
    case 'canonical':
      return asked.isFinal;
    case 'host':
      return matchesHostList(state.address, argument);
    case 'originalhost':
      return matchesHostList(query.name, argument);
    case 'user':
      return matchesList(state.user, argument);
    case 'localuser':
      return matchesList(asked.localUser, argument);
    case 'tagged':
      return matchesTag(state.first.get('tag')?.args[0] ?? '', argument);
    case 'exec':
      if (asked.exec === null) break;
      return asked.exec({ command: argument, place, query, state });
    case 'localnetwork':
    case 'version':
    case 'command':
    case 'sessiontype':
      break;
  }
  asked.unjudged(criterion, place);
  return null;
}
