import type { Evaluator } from './evaluate.ts';
import type { Expression, Pattern } from './syntax.ts';

/** Whether these say only `/regex/`: then it picks from the known hosts. */
export function picksByPattern(expressions: readonly Expression[]): boolean {
  return (
    expressions.every(({ chain }) => chain.length === 0) &&
    expressions.some(({ keepMatching }) => keepMatching.length > 0)
  );
}

/**
 * pdsh's items, which act on everything that was selected, wherever they stand: `/regex/` keeps, `-host` and
 * `-/regex/` take away (pdsh(1)). `named` is who was there before anybody was taken away.
 */
export function applyItems(
  evaluator: Evaluator,
  names: Set<string>,
  expressions: readonly Expression[],
  named: ReadonlySet<string> = new Set(names),
): void {
  const keep = expressions.flatMap((one) => one.keepMatching.map((pattern) => ({ one, pattern })));
  for (const { one, pattern } of keep) keepMatching(evaluator, names, one, pattern);
  for (const one of expressions) {
    for (const term of one.drop) evaluator.subtract(names, term, one.where, named);
    for (const pattern of one.dropMatching) dropMatching(evaluator, names, one, pattern, named);
  }
}

function keepMatching(
  evaluator: Evaluator,
  names: Set<string>,
  expression: Expression,
  pattern: Pattern,
): void {
  const before = names.size;
  for (const name of names) if (!pattern.regex.test(name)) names.delete(name);
  if (names.size === 0 && before > 0) report(evaluator, 'pattern', expression, pattern);
}

export function dropMatching(
  evaluator: Evaluator,
  names: Set<string>,
  expression: Expression,
  pattern: Pattern,
  named: ReadonlySet<string>,
): void {
  const gone = [...named].filter((name) => pattern.regex.test(name));
  for (const name of gone) names.delete(name);
  if (gone.length > 0) return;
  for (const name of evaluator.context.hosts()) {
    if (pattern.regex.test(name)) return report(evaluator, 'known-exclusion', expression, pattern);
  }
  report(evaluator, 'exclusion', expression, pattern);
}

function report(
  evaluator: Evaluator,
  kind: 'pattern' | 'exclusion' | 'known-exclusion',
  { where }: Expression,
  { text }: Pattern,
): void {
  const excluding = kind !== 'pattern';
  evaluator.context.nothing({ kind, where, term: text, sought: text, among: [], excluding });
}
