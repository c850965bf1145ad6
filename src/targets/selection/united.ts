import { ConfigError } from '../../model/errors.ts';
import type { Evaluator } from '../nodeset/evaluate.ts';
import { groupChain } from '../nodeset/group-names.ts';
import { picksByPattern } from '../nodeset/items.ts';
import type { Expression } from '../nodeset/syntax.ts';
import { hostsInFile } from './hosts-file.ts';
import { NO_INVENTORY } from './nothing.ts';
import type { SelectionRequest } from './request.ts';

/** Everybody whom `-w -g -a --hosts-file` name, in this order. */
export function unite(
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

/** Why there is nobody: nothing was asked for, or it names nobody, or all were taken away. */
export function nobody(request: SelectionRequest, named: number): ConfigError {
  if (named > 0) return new ConfigError('empty-selection', 'no host is left after the exclusions');
  const { hosts, groups, all, hostsFiles } = request;
  if (hosts.length + groups.length + hostsFiles.length > 0 || all) {
    return new ConfigError('empty-selection', 'the selection names no host');
  }
  return new ConfigError('empty-selection', 'no hosts were named', {
    hint: 'name them with -w HOSTS, -g GROUP, -a or --hosts-file FILE',
  });
}
