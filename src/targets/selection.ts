import { ConfigError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import type { NodeSetContext } from './nodeset/context.ts';
import { Evaluator, MAX_HOSTS_HINT, workFor } from './nodeset/evaluate.ts';
import { placeOf } from './nodeset/fault.ts';
import { applyItems } from './nodeset/items.ts';
import { parseNodeSet } from './nodeset/parse.ts';
import type { Expression, Term } from './nodeset/syntax.ts';
import { parseExclusion, takeAway } from './selection/exclusions.ts';
import { hostsInFile, readHostsFile, type HostsFile } from './selection/hosts-file.ts';
import { judgeNothing } from './selection/nothing.ts';
import { OneSpelling } from './selection/one-spelling.ts';
import type { SelectionRequest } from './selection/request.ts';
import { Resolver, type ResolvedTarget } from './selection/resolve.ts';
import { sharedAddresses } from './selection/shared-addresses.ts';
import { nobody, unite } from './selection/united.ts';

export { emptyInventory } from './inventory/inventory.ts';
export type { Inventory } from './inventory/inventory.ts';
export { loadInventory } from './inventory/load.ts';
export type { Decided } from './ssh-config/settings.ts';
export type { LocalContext, SshConfig } from './ssh-config/ssh-config.ts';
export type { HostsFile } from './selection/hosts-file.ts';
export type { SelectionRequest } from './selection/request.ts';
export type { BuiltIn, Overrides, ResolvedTarget, Sourced } from './selection/resolve.ts';

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
  const before = new Set(selected);
  applyItems(excluding, selected, expressions, before);
  takeAway(request, exclusions, excluding, selected, before);
  if (selected.size === 0 && !request.allowEmpty) throw nobody(request, named.size);

  const resolver = new Resolver(request);
  const targets = [...selected].map((name) => resolver.target(name));
  warnings.push(...spelling.warnings(selected), ...sharedAddresses(targets));
  warnings.push(...(request.sshConfig?.warnings() ?? []));
  return { targets, names: spelling.all(selected), warnings };
}

/** Where each setting of one host comes from, as `selectTargets` would resolve it. */
export function explainTarget(
  name: string,
  request: Pick<SelectionRequest, 'inventory' | 'overrides' | 'defaults' | 'sshConfig'>,
): ResolvedTarget {
  return new Resolver(request).explain(request.inventory.canonical(name) ?? name);
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
