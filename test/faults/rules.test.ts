import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** They test no product. */
const WITHOUT_FAULTS: ReadonlySet<string> = new Set(['rules.test.ts']);
/** How many they need not watch: of 100,000 hosts, which are counted by the processor time that they take. */
const UNWATCHED: ReadonlyMap<string, number> = new Map([['inventory.test.ts', 1]]);
const ROWS = Array.from({ length: 56 }, (_, at) => `F${String(at + 1).padStart(2, '0')}`);

const read = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8');
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => !WITHOUT_FAULTS.has(name));

test.each(files)('%s holds its tests against the invariants', (file) => {
  expect(read(file)).toMatch(/^holdInvariants\(\);$/mu);
});

test.each(files)('%s has its controllers watched', (file) => {
  const text = read(file);
  const made = text.match(/new (?:InProcess)?Controller\(|createController\(|hostedOnFakes\(/gu);
  const count = text.match(/\bwatched\(/gu)?.length ?? 0;
  expect(count).toBeGreaterThanOrEqual((made?.length ?? 0) - (UNWATCHED.get(file) ?? 0));
});

test('every row of the fault matrix has a test of its name', () => {
  const all = readdirSync(join(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('rules.test.ts'))
    .map((name) => read(join('..', name)))
    .join('\n');
  const named = new Set([...all.matchAll(/['"`](F\d\d)[ :]/gu)].map(([, row]) => row));
  expect(ROWS.filter((row) => !named.has(row))).toEqual([]);
});
