import { ConfigError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import type { Inventory } from './inventory/inventory.ts';
import type { NodeSetContext } from './nodeset/context.ts';
import { Evaluator, MAX_HOSTS_HINT, workFor } from './nodeset/evaluate.ts';
import { placeOf, shown } from './nodeset/fault.ts';
import { expandGroupNames } from './nodeset/group-names.ts';
import { applyItems, dropMatching, picksByPattern } from './nodeset/items.ts';
import { parseNodeSet } from './nodeset/parse.ts';
import type { Chain, Expression, Term } from './nodeset/syntax.ts';
import { hostsInFile, readHostsFile, type HostsFile } from './selection/hosts-file.ts';
import { judgeNothing } from './selection/nothing.ts';
import {
  Resolver,
  type BuiltIn,
  type Overrides,
  type ResolvedTarget,
} from './selection/resolve.ts';
import { sharedAddresses } from './selection/shared-addresses.ts';
import { OneSpelling } from './selection/one-spelling.ts';

export { emptyInventory } from './inventory/inventory.ts';
export type { Inventory } from './inventory/inventory.ts';
export { loadInventory } from './inventory/load.ts';
export type { HostsFile } from './selection/hosts-file.ts';
export type { BuiltIn, Overrides, ResolvedTarget, Sourced } from './selection/resolve.ts';

/** Who is meant, as the operator said it: `-w -g -a --hosts-file`, less `-x -X`. */
export interface SelectionRequest {
  /** `-w`: node sets. */
  readonly hosts: readonly string[];
  /** `-g`: names of groups. */
  readonly groups: readonly string[];
  /** `-a`: every host of the inventory. */
  readonly all: boolean;
  /** `--hosts-file`, read already. */
  readonly hostsFiles: readonly HostsFile[];
  /** `-x`: node sets. */
  readonly exclude: readonly string[];
  /** `-X`: names of groups. */
  readonly excludeGroups: readonly string[];
  readonly maxHosts: number;
  /** No host at all is no error, nor is a group or wildcard that names none. */
  readonly allowEmpty: boolean;
  readonly inventory: Inventory;
  readonly overrides: Overrides;
  readonly defaults: BuiltIn;
  /** Whether `@@`, the names of the groups, may stand where hosts are asked for: to look at them. Default false. */
  readonly groupNames?: boolean;
}

export interface Selection {
  /** Each host once, in the order in which they were named. */
  readonly targets: readonly Target[];
  /** The names as the node sets gave them: where two differ by case only, both. What `--fold` prints. */
  readonly names: readonly string[];
  /** One line each, safe text. */
  readonly warnings: readonly string[];
}

/** Works out who is meant. Throws ConfigError: bad node set, a term that names nothing, no hosts, too many. */
export async function selectTargets(request: SelectionRequest): Promise<Selection> {
  const warnings = [...request.inventory.warnings];
  const expressions = request.hosts.map((text) =>
    parseNodeSet(text, { where: '-w', pdshItems: true }),
  );
  const exclusions = request.exclude.map(parseExclusion);
  if (request.groupNames !== true) refuseGroupNames([...expressions, ...exclusions]);
  const files = await readFiles([...expressions, ...exclusions]);

  const context = contextOf(request, files, (text) => warnings.push(text));
  const named = unite(request, expressions, new Evaluator(context));
  const spelling = new OneSpelling(named);
  const selected = spelling.first();

  const excluding = new Evaluator({
    ...context,
    canonical: (name) => request.inventory.canonical(name) ?? spelling.of(name),
  });
  applyItems(excluding, selected, expressions);
  takeAway(request, exclusions, excluding, selected);
  if (selected.size === 0 && !request.allowEmpty) throw nobody(request, named.size);

  const resolver = new Resolver(request);
  const targets = [...selected].map((name) => resolver.target(name));
  warnings.push(...spelling.warnings(selected), ...sharedAddresses(targets));
  return { targets, names: spelling.all(selected), warnings };
}

/** Where each setting of one host comes from, as `selectTargets` would resolve it. */
export function explainTarget(
  name: string,
  request: Pick<SelectionRequest, 'inventory' | 'overrides' | 'defaults'>,
): ResolvedTarget {
  return new Resolver(request).explain(request.inventory.canonical(name) ?? name);
}

function unite(
  request: SelectionRequest,
  expressions: readonly Expression[],
  evaluator: Evaluator,
): Set<string> {
  const named = new Set<string>();
  for (const { chain, where, text } of expressions) {
    evaluator.addAll(named, evaluator.chain(chain, where), where, text);
  }
  for (const text of request.groups) {
    evaluator.addAll(named, evaluator.chain(groupChain(text, '-g'), '-g'), '-g', text);
  }
  if (request.all) {
    if (request.inventory.file === null && !request.allowEmpty) {
      throw new ConfigError('unknown-term', '-a: there is no inventory', { hint: NO_INVENTORY });
    }
    evaluator.addAll(named, request.inventory.hosts(), '-a', request.inventory.file ?? '');
  }
  for (const file of request.hostsFiles) {
    evaluator.addAll(named, hostsInFile(file, evaluator), '--hosts-file', file.name);
  }
  if (named.size === 0 && picksByPattern(expressions)) {
    evaluator.addAll(named, request.inventory.hosts(), '-w', request.inventory.file ?? '');
  }
  return named;
}

function takeAway(
  request: SelectionRequest,
  exclusions: readonly Expression[],
  evaluator: Evaluator,
  selected: Set<string>,
): void {
  for (const expression of exclusions) {
    const { chain, where, text } = expression;
    if (chain.length > 0) evaluator.subtract(selected, { kind: 'set', text, chain }, where);
    for (const pattern of [...expression.keepMatching, ...expression.dropMatching]) {
      dropMatching(evaluator, selected, expression, pattern);
    }
    const nothing =
      chain.length + expression.keepMatching.length + expression.dropMatching.length === 0;
    if (nothing && !request.allowEmpty) {
      throw new ConfigError('unknown-term', '-x: names no host', {
        hint: 'an empty exclusion is often a variable that is not set',
      });
    }
  }
  for (const text of request.excludeGroups) {
    const chain = groupChain(text, '-X');
    evaluator.subtract(selected, { kind: 'set', text, chain }, '-X');
  }
}

function parseExclusion(text: string): Expression {
  const expression = parseNodeSet(text, { where: '-x', pdshItems: true });
  const [twice] = expression.drop;
  if (twice === undefined) return expression;
  throw new ConfigError('node-set', `-x: ${shown(`-${twice.text}`)} is excluded twice over`, {
    hint: 'leave out its minus sign',
  });
}

function groupChain(text: string, where: string): Chain {
  const names = expandGroupNames(text, where);
  if (names.length === 0) throw new ConfigError('usage', `${where}: names no group`);
  return names.map((name) => ({
    operator: ',',
    term: { kind: 'group', text: name, parts: [{ kind: 'text', text: name }] },
  }));
}

function contextOf(
  request: SelectionRequest,
  files: ReadonlyMap<string, HostsFile>,
  warn: (text: string) => void,
): NodeSetContext {
  const { inventory, maxHosts, allowEmpty } = request;
  const context: NodeSetContext = {
    maxHosts,
    maxHostsHint: MAX_HOSTS_HINT,
    maxWork: workFor(maxHosts),
    hosts: inventory.hosts,
    groupNames: () => inventory.groupNames,
    group: inventory.group,
    canonical: (name) => inventory.canonical(name) ?? name,
    known: (name) => inventory.canonical(name) !== null,
    file: (path) => {
      const file = files.get(path);
      return file === undefined ? [] : hostsInFile(file, new Evaluator(context));
    },
    nothing: (finding) => judgeNothing(finding, inventory, allowEmpty, warn),
  };
  return context;
}

/** Reads what pdsh's `^FILE` names, each file once. */
async function readFiles(
  expressions: readonly Expression[],
): Promise<ReadonlyMap<string, HostsFile>> {
  const files = new Map<string, HostsFile>();
  for (const { chain, drop } of expressions) {
    for (const term of [...chain.map((step) => step.term), ...drop]) {
      if (term.kind === 'file')
        files.set(term.path, files.get(term.path) ?? (await readHostsFile(term.path)));
    }
  }
  return files;
}

function refuseGroupNames(expressions: readonly Expression[]): void {
  const holds = ({ kind, ...term }: Term): boolean =>
    kind === 'group-names' || ('chain' in term && term.chain.some((step) => holds(step.term)));
  for (const { chain, drop, where } of expressions) {
    if (chain.some((step) => holds(step.term)) || drop.some(holds)) {
      throw new ConfigError(
        'node-set',
        `${placeOf(where)}: @@ is the names of the groups, which are no hosts`,
        {
          hint: '@* is every host of the inventory',
        },
      );
    }
  }
}

function nobody(request: SelectionRequest, named: number): ConfigError {
  if (named > 0) return new ConfigError('empty-selection', 'no host is left after the exclusions');
  const { hosts, groups, all, hostsFiles } = request;
  if (hosts.length + groups.length + hostsFiles.length > 0 || all) {
    return new ConfigError('empty-selection', 'the selection names no host');
  }
  return new ConfigError('empty-selection', 'no hosts were named', {
    hint: 'name them with -w HOSTS, -g GROUP, -a or --hosts-file FILE',
  });
}

const NO_INVENTORY = 'name one with -i FILE, or put a hosts.yaml here';
