import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  KEYWORDS,
  type Keyword,
  type Treatment,
} from '../../../src/targets/ssh-config/keywords.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');

test("the README's table says what becomes of every option of ssh_config", () => {
  const [, table = ''] = /<!-- ssh_config -->\n([\s\S]*?)<!-- \/ssh_config -->/u.exec(readme) ?? [];
  expect(table.trim()).toBe(keywordTable(KEYWORDS));
});

/** What is honoured, a line each; what is named, a line each; what has no effect, by why it has none. */
function keywordTable(keywords: readonly Keyword[]): string {
  const of = (treatment: Treatment): readonly Keyword[] =>
    keywords.filter((keyword) => keyword.treatment === treatment);
  const reasons = grouped(of('no effect'));
  const rows = [
    ...of('honoured').map(({ name, how }) => [name, 'honoured', how]),
    ...of('named').map(({ name, how }) => [name, 'not honoured: a warning names it', how]),
    ...Array.from(reasons, ([how, some]) => [
      some.map(({ name }) => name).join(', '),
      'without effect',
      how,
    ]),
  ];
  return [
    '| option | | |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.join(' | ').trimEnd()} |`),
  ].join('\n');
}

function grouped(keywords: readonly Keyword[]): ReadonlyMap<string, readonly Keyword[]> {
  const found = new Map<string, Keyword[]>();
  for (const keyword of keywords) {
    const known = found.get(keyword.how);
    if (known === undefined) found.set(keyword.how, [keyword]);
    else known.push(keyword);
  }
  return found;
}
