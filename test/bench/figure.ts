/** One line of the table: what something cost, and what it may cost. */
export interface Row {
  readonly what: string;
  /** Texts of the columns between the name and the limit; empty: not measured. */
  readonly values: readonly string[];
  readonly limit: string;
  readonly verdict: Verdict;
}

export type Verdict = 'pass' | 'over' | '';

/** A part of the table, with columns of its own. */
export interface Figure {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What the reader has to know about how it was measured. */
  readonly notes: readonly string[];
}

export interface Bound {
  readonly name: string;
  readonly value: number;
  readonly atMost: number;
}

/** A row; without bounds it is there for comparison. */
export function row(what: string, values: readonly string[], bounds: readonly Bound[] = []): Row {
  const limit = bounds.map(({ name, atMost }) => `${name} ≤ ${atMost}`).join(', ');
  if (limit === '') return { what, values, limit, verdict: '' };
  const isWithin = bounds.every(({ value, atMost }) => value <= atMost);
  return { what, values, limit, verdict: isWithin ? 'pass' : 'over' };
}

/** A Markdown table whose columns also line up in a terminal. */
export function table({ title, columns, rows, notes }: Figure): string {
  const lines = [
    ['', ...columns, 'limit', ''],
    ...rows.map(({ what, values, limit, verdict }) => [what, ...values, limit, verdict]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isNumber = (column: number): boolean => column > 0 && column <= columns.length;
  const shown = lines.map((line) => {
    const cells = widths.map((width, column) => {
      const cell = line[column] ?? '';
      return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
    });
    return `| ${cells.join(' | ')} |`;
  });
  const rule = widths.map((width, column) =>
    isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  shown.splice(1, 0, `| ${rule.join(' | ')} |`);
  return [`### ${title}`, '', ...shown, '', ...notes.map((note) => `${note}\n`)].join('\n');
}

export function ms(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

export function ratio(value: number): string {
  return value.toFixed(2);
}
