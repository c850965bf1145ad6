import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { nearMiss } from '../near-miss.ts';
import type { NothingNamed } from '../nodeset/context.ts';
import { placeOf, shown } from '../nodeset/fault.ts';

/**
 * Decides what a term that names nothing means: an error with the near miss, or, where empty selections are allowed,
 * a warning. What was to be taken away stays an error even then: passed over, it would widen the run.
 */
export function judgeNothing(
  finding: NothingNamed,
  inventory: Inventory,
  allowEmpty: boolean,
  warn: (text: string) => void,
): void {
  const message = `${placeOf(finding.where)}: ${describe(finding, inventory)}`;
  const harmless = finding.kind === 'exclusion' && isEmpty(finding.among);
  if (finding.kind === 'known-exclusion' || (allowEmpty && (!finding.excluding || harmless))) {
    warn(message);
    return;
  }
  const hint = suggestion(finding, inventory);
  throw new ConfigError('unknown-term', message, hint === null ? {} : { hint });
}

function describe({ kind, term, sought }: NothingNamed, { file }: Inventory): string {
  switch (kind) {
    case 'group':
      return file === null
        ? `there is no group ${shown(sought)}, for there is no inventory`
        : `there is no group ${shown(sought)} in ${safeLine(file)}`;
    case 'wildcard':
      return file === null
        ? `${shown(term)} matches no host, for there is no inventory`
        : `${shown(term)} matches no host of ${safeLine(file)}`;
    case 'pattern':
      return `${shown(term)} matches none of the hosts`;
    case 'exclusion':
      return `${shown(term)} takes no host away${file === null ? '' : `, and is none of ${safeLine(file)}`}`;
    case 'known-exclusion':
      return `${shown(term)} takes no host away: it was not among them`;
  }
}

function suggestion({ kind, sought, among }: NothingNamed, inventory: Inventory): string | null {
  switch (kind) {
    case 'group': {
      const meant = nearMiss(sought, inventory.groupNames);
      if (meant !== null) return `did you mean ${safeLine(meant)}?`;
      return inventory.file === null ? NO_INVENTORY : groupsHint(inventory.groupNames);
    }
    case 'wildcard': {
      const meant = nearMiss(sought, inventory.hosts());
      if (meant !== null) return `did you mean ${safeLine(meant)}, or others like it?`;
      return inventory.file === null ? NO_INVENTORY : null;
    }
    case 'exclusion': {
      const meant = nearMiss(sought, among) ?? nearMiss(sought, inventory.hosts());
      return meant === null ? null : `did you mean ${safeLine(meant)}?`;
    }
    case 'pattern':
    case 'known-exclusion':
      return null;
  }
}

function groupsHint(names: readonly string[]): string {
  if (names.length === 0) return 'it has no groups';
  const some = names.slice(0, 10).join(', ');
  return safeLine(`the groups are ${some}${names.length > 10 ? ', ...' : ''}`);
}

function isEmpty(names: Iterable<string>): boolean {
  for (const _ of names) return false;
  return true;
}

export const NO_INVENTORY = 'name one with -i FILE, or put a hosts.yaml here';
