import type { Block, Criterion, HostPattern } from './block.ts';
import type { BlockIndex } from './block-index.ts';
import type { Directive } from './directive.ts';
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

/** What is said of one host. */
export interface Obtained {
  /** Of each keyword what was obtained first. */
  readonly first: ReadonlyMap<string, Directive>;
  /** Of those that add up, everything, in order. */
  readonly every: ReadonlyMap<string, readonly Directive[]>;
  /** Hosts of which the same is said have the same key. */
  readonly key: string;
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

/**
 * Goes through the blocks in order, as ssh does it: twice where some wait for the end (`Match final`), and then `Host`
 * lines are about the name that HostName has made.
 */
export function obtain(
  query: HostQuery,
  index: BlockIndex,
  context: MatchContext,
  addressOf: (first: ReadonlyMap<string, Directive>) => string,
): Obtained {
  const first = new Map<string, Directive>();
  const every = new Map<string, Directive[]>();
  const key: string[] = [];
  const pass = (final: string | null): void => {
    const active = new Set<Block>();
    const name = final ?? query.name;
    for (const block of index.candidates(name)) {
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
      key.push(String(block.index));
      take(block, first, every, final !== null);
    }
  };
  pass(null);
  const canonicalize = first.get('canonicalizehostname')?.args[0] ?? '';
  if (index.wantsFinal || /^(?:yes|true|always)$/iu.test(canonicalize)) {
    key.push('final');
    pass(addressOf(first).toLowerCase());
  }
  return { first, every, key: key.join(' ') };
}

function take(
  { directives }: Block,
  first: Map<string, Directive>,
  every: Map<string, Directive[]>,
  isFinal: boolean,
): void {
  for (const directive of directives) {
    const { keyword } = directive;
    // The host's name is settled by then.
    if (isFinal && keyword === 'hostname') continue;
    if (!first.has(keyword) && !isShutOut(keyword, first)) first.set(keyword, directive);
    if (!ADDING_UP.has(keyword)) continue;
    const known = every.get(keyword);
    if (known === undefined) every.set(keyword, [directive]);
    else known.push(directive);
  }
}

/**
 * Of ProxyJump and ProxyCommand what was said first shuts the other out, where it names jump hosts; that there are none
 * leaves room for a command (`parse_jump` in OpenSSH's readconf.c, as of 10.5).
 */
function isShutOut(keyword: string, first: ReadonlyMap<string, Directive>): boolean {
  if (keyword === 'proxyjump') return first.has('proxycommand');
  if (keyword !== 'proxycommand') return false;
  const jump = first.get('proxyjump');
  return jump !== undefined && jump.rest.toLowerCase() !== 'none';
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
      return matchesList(state.first.get('tag')?.args[0] ?? '', argument);
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

const ADDING_UP: ReadonlySet<string> = new Set(['identityfile', 'certificatefile', 'sendenv']);
