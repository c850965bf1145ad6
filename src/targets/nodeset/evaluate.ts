import { ConfigError } from '../../model/errors.ts';
import { parseHostName, staysWhole } from '../host-name.ts';
import type { NodeSetContext, NothingNamed } from './context.ts';
import { nodeSetError, placeOf, shown, type Where } from './fault.ts';
import { requireHost } from './require-host.ts';
import { countNames, expandParts } from './ranges.ts';
import type { Chain, Part, Term } from './syntax.ts';
import { matchesWildcard } from './wildcard.ts';

/** Works out expressions for one selection, within one bound on size and one on work. */
export class Evaluator {
  readonly context: NodeSetContext;
  #work = 0;
  /** Whether what is being worked out will be taken away: then nothing may be passed over. */
  #excluding = false;

  constructor(context: NodeSetContext) {
    this.context = context;
  }

  /** The set, in the order of writing. Throws ConfigError. */
  chain(chain: Chain, where: Where): Set<string> {
    let result = new Set<string>();
    for (const { operator, term } of chain) {
      switch (operator) {
        case ',':
          this.addAll(result, this.term(term, where), where, term.text);
          break;
        case '!':
          this.subtract(result, term, where);
          break;
        case '&': {
          const kept = this.#asSet(this.term(term, where));
          this.#spend(result.size * COPIED, where, term.text);
          result = new Set([...result].filter((name) => kept.has(name)));
          break;
        }
        case '^': {
          const other = this.#asSet(this.term(term, where));
          const once = [...other].filter((name) => !result.delete(name));
          this.addAll(result, once, where, term.text);
          break;
        }
      }
    }
    return result;
  }

  /** The hosts of one term, in order; ranges may name a host twice. */
  term(term: Term, where: Where): Iterable<string> {
    switch (term.kind) {
      case 'names':
        return this.#hosts(term, where);
      case 'wildcard':
        return this.#wildcard(term, where);
      case 'group':
        return this.#groups(term, where);
      case 'all':
        return this.context.hosts();
      case 'group-names':
        return this.context.groupNames();
      case 'file':
        return this.context.file(term.path);
      case 'set':
        return this.chain(term.chain, where);
    }
  }

  /**
   * Takes a term's hosts away. Each host list of a union is looked at by itself: one that names nobody of `named` (all
   * who were there before anybody was taken away) is reported, for a misspelt exclusion must never widen a run.
   */
  subtract(from: Set<string>, term: Term, where: Where, named: ReadonlySet<string> = from): void {
    this.#spend(named.size * SCANNED, where, term.text);
    const qualified = [...named].filter((name) => name.includes('@') || staysWhole(name));
    const allGone: string[] = [];
    for (const leaf of unionLeaves(term)) {
      const outer = this.#excluding;
      this.#excluding = true;
      const names = [...this.term(leaf, where)];
      this.#excluding = outer;
      const gone = [
        ...names.filter((name) => named.has(name)),
        ...qualifiedFormsOf(names, qualified),
      ];
      if (gone.length === 0) this.#reportExclusion(leaf, where, names, from);
      for (const name of gone) allGone.push(name);
    }
    for (const name of allGone) from.delete(name);
  }

  /** Adds to a set, which may never become larger than allowed. */
  addAll(to: Set<string>, names: Iterable<string>, where: Where, term: string): void {
    for (const name of names) {
      to.add(name);
      this.#work += 1;
      if (to.size > this.context.maxHosts) throw tooMany(where, term, null, this.context);
    }
    this.#spend(0, where, term);
  }

  #nothing(finding: Omit<NothingNamed, 'excluding'>): void {
    this.context.nothing({ ...finding, excluding: this.#excluding });
  }

  #reportExclusion(
    term: Term,
    where: Where,
    names: readonly string[],
    among: Iterable<string>,
  ): void {
    const known = names.length === 0 || names.some((name) => this.context.known(name));
    const kind = known ? 'known-exclusion' : 'exclusion';
    const sought = names[0] ?? term.text;
    this.context.nothing({ kind, where, term: term.text, sought, among, excluding: true });
  }

  #asSet(names: Iterable<string>): ReadonlySet<string> {
    return names instanceof Set ? (names as ReadonlySet<string>) : new Set(names);
  }

  #hosts(term: Term & { kind: 'names' }, where: Where): readonly string[] {
    const names = this.#names(term.parts, where, term.text);
    // Users, ports and addresses can be wrong in ways that the parser does not see.
    const plain = !/[@:[]/u.test(term.text.replace(/\[[^:\]]*\]/gu, ''));
    if (!plain) for (const name of names) requireHost(name, where);
    return names.map((name) => this.context.canonical(name));
  }

  #names(parts: readonly Part[], where: Where, term: string): readonly string[] {
    const count = countNames(parts);
    if (count > this.context.maxHosts) throw tooMany(where, term, count, this.context);
    this.#spend(count, where, term);
    return expandParts(parts);
  }

  #wildcard(term: Term & { kind: 'wildcard' }, where: Where): readonly string[] {
    const masks = this.#names(term.parts, where, term.text);
    const found: string[] = [];
    for (const host of this.context.hosts()) {
      this.#spend(masks.length * MATCHED, where, term.text);
      if (masks.some((mask) => matchesWildcard(mask, host))) found.push(host);
    }
    if (found.length === 0) {
      const sought = masks[0] ?? term.text;
      this.#nothing({ kind: 'wildcard', where, term: term.text, sought, among: [] });
    }
    return found;
  }

  #groups(term: Term & { kind: 'group' }, where: Where): ReadonlySet<string> {
    const result = new Set<string>();
    for (const name of this.#names(term.parts, where, term.text)) {
      const hosts = this.context.group(name);
      if (hosts !== null) this.addAll(result, hosts, where, term.text);
      else {
        this.#nothing({ kind: 'group', where, term: term.text, sought: name, among: [] });
      }
    }
    return result;
  }

  /** Bounds the work of an expression that names the same hosts over and over. */
  #spend(names: number, where: Where, term: string): void {
    this.#work += names;
    if (this.#work > this.context.maxWork) {
      throw nodeSetError(
        where,
        term,
        'and what stands before it name far more hosts than are allowed',
      );
    }
  }
}

/** The work to allow for a selection of so many hosts: each in fifty terms is thinkable. */
export function workFor(maxHosts: number): number {
  return 100_000 + 100 * maxHosts;
}

/** The terms that a union is made of; anything else is one term. */
export function unionLeaves(term: Term): readonly Term[] {
  if (term.kind !== 'set' || term.chain.some((step) => step.operator !== ',')) return [term];
  return term.chain.flatMap((step) => unionLeaves(step.term));
}

/** An exclusion that names a host alone also means `bob@web1` and `web1:2222`. */
function qualifiedFormsOf(
  names: readonly string[],
  qualified: readonly string[],
): readonly string[] {
  if (qualified.length === 0) return [];
  const hosts = new Set(names.map((name) => name.toLowerCase()));
  return qualified.filter((name) => {
    const parsed = parseHostName(name);
    return typeof parsed !== 'string' && hosts.has(parsed.host.toLowerCase());
  });
}

function tooMany(
  where: Where,
  term: string,
  count: number | null,
  { maxHosts, maxHostsHint }: NodeSetContext,
): ConfigError {
  const size = count === null ? 'and what stands before it are' : `is ${String(count)} hosts,`;
  const message = `${placeOf(where)}: ${shown(term)} ${size} more than the ${String(maxHosts)} that are allowed`;
  const options = maxHostsHint === null ? {} : { hint: maxHostsHint };
  return new ConfigError('too-many-hosts', message, options);
}

/** For a bound that the command line can move. */
export const MAX_HOSTS_HINT = 'raise the limit with --max-hosts N if this is meant';

/** What looking at a host costs, where making a name and adding it cost 1 each. */
const MATCHED = 0.2;
const COPIED = 0.25;
const SCANNED = 0.05;
