import { lengthOf, wrap } from './style.ts';

export interface Column<Row> {
  readonly title: string;
  /** The cell: one line of safe text. */
  readonly value: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/**
 * Rows under their titles, columns two blanks apart. Where `width` is given (a terminal's), the last column is wrapped
 * into what the others leave, so that nothing is lost; where they leave too little, and with null, each row is one line.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | null,
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((most, row) => Math.max(most, lengthOf(row[index] ?? '')), lengthOf(title)),
  );
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const last = width === null || width - before < NARROWEST ? null : width - before;
  const titles = columns.map(({ title }) => title);
  return [titles, ...cells].flatMap((row) => lines(row, columns, widths, last, before));
}

function lines<Row>(
  row: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
  last: number | null,
  before: number,
): readonly string[] {
  const [first = '', ...more] = last === null ? [row.at(-1) ?? ''] : wrap(row.at(-1) ?? '', last);
  const padded = [...row.slice(0, -1), first].map((cell, index) => {
    const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(cell)));
    return columns[index]?.align === 'right' ? blanks + cell : cell + blanks;
  });
  return [padded.join(GAP).trimEnd(), ...more.map((line) => ' '.repeat(before) + line)];
}

const GAP = '  ';
/** A column narrower than this is harder to read than lines that the terminal breaks. */
const NARROWEST = 20;
