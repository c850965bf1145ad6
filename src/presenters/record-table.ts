import { safeLine } from '../base/safe-text.ts';
import type { Json } from '../model/json.ts';
import type { JsonObject } from './json-forms.ts';
import { isObject } from './structured.ts';
import { table, type Column } from './table.ts';

/** A structured record, and what its child is called. */
export interface RecordRow {
  readonly childId: number;
  readonly name: string;
  readonly value: JsonObject;
}

/** Which fields of records are shown, and how. */
export interface RecordTableStyle {
  /** Names of fields, or paths like `disk.free`; null: every field of any record, in the order in which they came up. */
  readonly columns: readonly string[] | null;
  /** A field, or a path: a table for each of its values. null: one table. */
  readonly groupBy: string | null;
  /** The terminal's; null: no line is wrapped. */
  readonly width: number | null;
}

/**
 * A row for each record, `Host` first unless it is among the columns. Groups look as PowerShell's `Format-Table -GroupBy`
 * has them, in the order in which their values came up. Every cell is one line of safe text.
 */
export function recordTable(
  rows: readonly RecordRow[],
  style: RecordTableStyle,
): readonly string[] {
  const { groupBy, width } = style;
  const columns = columnsOf(rows, style.columns);
  if (groupBy === null) return table(columns, rows, width);
  const lines: string[] = [];
  for (const [value, group] of groupsOf(rows, groupBy)) {
    lines.push('', `   ${safeLine(groupBy)}: ${value}`, '', ...table(columns, group, width));
  }
  return lines;
}

function columnsOf(
  rows: readonly RecordRow[],
  chosen: readonly string[] | null,
): readonly Column<RecordRow>[] {
  const fields = chosen ?? [...new Set(rows.flatMap(({ value }) => Object.keys(value)))];
  // Chosen by hand, any spelling of it is meant; a field that records have is what it is.
  const withHost = fields.some((field) => (chosen === null ? field === HOST : isHost(field)));
  return (withHost ? fields : [HOST, ...fields]).map((field) => ({
    title: safeLine(field),
    value: (row) => cellOf(row, field),
    align:
      rows.some((row) => typeof valueAt(row, field) === 'number') &&
      rows.every((row) => ['number', 'undefined'].includes(typeof valueAt(row, field)))
        ? 'right'
        : 'left',
  }));
}

function groupsOf(
  rows: readonly RecordRow[],
  field: string,
): ReadonlyMap<string, readonly RecordRow[]> {
  const groups = new Map<string, RecordRow[]>();
  for (const row of rows) {
    const value = cellOf(row, field);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [row]);
    else group.push(row);
  }
  return groups;
}

function cellOf(row: RecordRow, field: string): string {
  const value = valueAt(row, field);
  if (value === undefined) return '';
  return safeLine(typeof value === 'string' ? value : JSON.stringify(value));
}

/** The field of that very name; else what the path leads to; for `Host`, else what the child is called. */
function valueAt({ name, value }: RecordRow, field: string): Json | undefined {
  const own = fieldOf(value, field);
  if (own !== undefined) return own;
  if (isHost(field)) return name;
  let at: Json | undefined = value;
  for (const part of field.split('.')) at = fieldOf(at, part);
  return at;
}

function fieldOf(value: Json | undefined, field: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined;
}

function isHost(field: string): boolean {
  return field.toLowerCase() === HOST.toLowerCase();
}

const HOST = 'Host';
