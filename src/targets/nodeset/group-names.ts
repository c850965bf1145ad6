import { nodeSetError, type Where } from './fault.ts';
import { parseNodeSet } from './parse.ts';
import { countNames, expandParts } from './ranges.ts';

/** Names of groups, as an option or a list gives them: `web`, `web,db`, `@web`, `rack[1-3]`. Throws ConfigError. */
export function expandGroupNames(text: string, where: Where): readonly string[] {
  return parseNodeSet(text, { where, pdshItems: false }).chain.flatMap(({ operator, term }) => {
    if (operator !== ',' || (term.kind !== 'names' && term.kind !== 'group')) {
      throw nodeSetError(where, text, 'must name groups, without operators and wildcards');
    }
    if (countNames(term.parts) > MAX_GROUPS)
      throw nodeSetError(where, text, 'names too many groups');
    return expandParts(term.parts);
  });
}

const MAX_GROUPS = 100_000;
