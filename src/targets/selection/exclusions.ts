import { ConfigError } from '../../model/errors.ts';
import type { Evaluator } from '../nodeset/evaluate.ts';
import { shown } from '../nodeset/fault.ts';
import { groupChain } from '../nodeset/group-names.ts';
import { dropMatching } from '../nodeset/items.ts';
import { parseNodeSet } from '../nodeset/parse.ts';
import type { Expression } from '../nodeset/syntax.ts';
import type { SelectionRequest } from './request.ts';

/** `-x`: a node set, or pdsh's `^FILE` and `/regex/`. */
export function parseExclusion(text: string): Expression {
  const expression = parseNodeSet(text, { where: '-x', pdshItems: true });
  const [twice] = expression.drop;
  if (twice === undefined) return expression;
  throw new ConfigError('node-set', `-x: ${shown(`-${twice.text}`)} is excluded twice over`, {
    hint: 'leave out its minus sign',
  });
}

/** Takes every `-x` and `-X` away; `named` is who was there before anybody was. Throws ConfigError for one that names none of these, and no known host. */
export function takeAway(
  request: SelectionRequest,
  exclusions: readonly Expression[],
  evaluator: Evaluator,
  selected: Set<string>,
  named: ReadonlySet<string>,
): void {
  for (const expression of exclusions) {
    const { chain, where, text } = expression;
    if (chain.length > 0) evaluator.subtract(selected, { kind: 'set', text, chain }, where, named);
    for (const pattern of [...expression.keepMatching, ...expression.dropMatching]) {
      dropMatching(evaluator, selected, expression, pattern, named);
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
    evaluator.subtract(selected, { kind: 'set', text, chain }, '-X', named);
  }
}
