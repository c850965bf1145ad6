import { ConfigError } from '../../model/errors.ts';
import { nodeSetError, type Where } from './fault.ts';
import { parseNodeSet } from './parse.ts';
import { countNames, expandParts } from './ranges.ts';
import type { Chain } from './syntax.ts';

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

/** The union of the groups that an option names. Throws ConfigError. */
export function groupChain(text: string, where: string): Chain {
  const names = expandGroupNames(text, where);
  if (names.length === 0) throw new ConfigError('usage', `${where}: names no group`);
  return names.map((name) => ({
    operator: ',',
    term: { kind: 'group', text: name, parts: [{ kind: 'text', text: name }] },
  }));
}

const MAX_GROUPS = 100_000;
