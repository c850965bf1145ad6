import { MAX_HOSTS } from '../../model/defaults.ts';
import { ConfigError } from '../../model/errors.ts';
import type { NodeSetContext } from './context.ts';
import { Evaluator, MAX_HOSTS_HINT, workFor } from './evaluate.ts';
import { shown } from './fault.ts';
import { parseNodeSet } from './parse.ts';
import { applyItems, picksByPattern } from './items.ts';

export interface ExpandOptions {
  /** The largest set allowed. Default 100,000. */
  readonly maxHosts?: number;
  /** Groups, for `@name`. Default: none. */
  readonly groups?: ReadonlyMap<string, Iterable<string>>;
  /** The hosts that wildcards and `@*` mean. Default: none. */
  readonly hosts?: Iterable<string>;
}

/**
 * The hosts of a node set, each once, in the order of writing: `expandNodeSet('web[01-03]!web02')` is
 * `['web01', 'web03']`. Throws ConfigError: not a node set, a term that names nothing, too many hosts.
 */
export function expandNodeSet(text: string, options: ExpandOptions = {}): readonly string[] {
  const where = 'node set';
  const expression = parseNodeSet(text, { where, pdshItems: true });
  const evaluator = new Evaluator(plainContext(options));
  const names = evaluator.chain(expression.chain, where);
  if (picksByPattern([expression])) {
    evaluator.addAll(names, evaluator.context.hosts(), where, text);
  }
  applyItems(evaluator, names, [expression]);
  return [...names];
}

function plainContext(options: ExpandOptions): NodeSetContext {
  const hosts = options.hosts ?? [];
  const groups = options.groups ?? new Map<string, Iterable<string>>();
  const known = new Set(hosts);
  const maxHosts = options.maxHosts ?? MAX_HOSTS;
  return {
    maxHosts,
    maxHostsHint: MAX_HOSTS_HINT,
    maxWork: workFor(maxHosts),
    hosts: () => hosts,
    groupNames: () => groups.keys(),
    group: (name) => groups.get(name) ?? null,
    canonical: (name) => name,
    known: (name) => known.has(name),
    file: (path) => {
      throw new ConfigError(
        'node-set',
        `node set: ${shown(`^${path}`)} names a file, and none is read here`,
      );
    },
    nothing: ({ kind, term }) => {
      if (kind === 'known-exclusion') return;
      throw new ConfigError('unknown-term', `node set: ${shown(term)} names nothing`);
    },
  };
}
