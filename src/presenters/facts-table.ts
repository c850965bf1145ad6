import { bytesText } from '../base/byte-text.ts';
import { safeLine } from '../base/safe-text.ts';
import { FACT_FIELDS, type FactField } from '../model/fact-fields.ts';
import type { ChildView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import { outcomeReason } from '../results/message.ts';
import type { JsonObject } from './json-forms.ts';
import { isObject } from './structured.ts';
import type { Column } from './table.ts';

/** What facts reports: a column for each of these paths, or those that tell most; and why, where a host told nothing. */
export function factColumns(
  paths: readonly string[] | null,
  children: readonly ChildView[],
): readonly Column<ChildView>[] {
  const wanted = paths ?? USUAL;
  const reason = (child: ChildView): string => outcomeReason(child) ?? '';
  const hasReasons = children.some((child) => reason(child) !== '');
  return [
    { title: 'Host', value: (child) => safeLine(child.host, 255) },
    ...wanted.map(columnOf),
    ...(hasReasons ? [{ title: 'Reason', value: reason }] : []),
  ];
}

function columnOf(path: string): Column<ChildView> {
  const short = SHORT.find((one) => one.path === path);
  if (short !== undefined)
    return { title: short.title, value: (child) => short.cell(factsOf(child)) };
  const field = FACT_FIELDS.find((one) => one.path === path);
  if (field === undefined) return { title: safeLine(path, 64), value: () => '' };
  const value = (child: ChildView): string => cell(field, valueAt(factsOf(child), field.path));
  return isNumber(field)
    ? { title: field.title, value, align: 'right' }
    : { title: field.title, value };
}

function isNumber({ kind }: FactField): boolean {
  return kind === 'count' || kind === 'number' || kind === 'bytes' || kind === 'seconds';
}

function cell({ kind }: FactField, value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  switch (kind) {
    case 'bytes':
      return typeof value === 'number' ? bytesText(value) : '';
    case 'seconds':
      return typeof value === 'number' ? span(value) : '';
    case 'boolean':
      return value === true ? 'yes' : 'no';
    case 'names':
      return Array.isArray(value) ? safeLine(value.join(','), CELL) : '';
    case 'text':
    case 'moment':
    case 'count':
    case 'number':
      return typeof value === 'string' || typeof value === 'number'
        ? safeLine(`${value}`, CELL)
        : '';
  }
}

/** `12 d`, `3 h`, `45 s`, `-0.25 s`: whole units, of the largest that there is one of. */
function span(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '-' : '';
  if (size < 60) return `${sign}${Number.isInteger(size) ? size : size.toFixed(2)} s`;
  if (size < 3600) return `${sign}${Math.floor(size / 60)} min`;
  return size < 86_400
    ? `${sign}${Math.floor(size / 3600)} h`
    : `${sign}${Math.floor(size / 86_400)} d`;
}

/** `83% /var`: the disk that has the least room left, by its share. */
function fullest(facts: JsonObject): string {
  const disks = facts['disks'];
  const known = Array.isArray(disks) ? disks.filter(isObject) : [];
  let most: JsonObject | null = null;
  for (const disk of known) if (percentOf(disk) > percentOf(most)) most = disk;
  const mount = most?.['mount'];
  return typeof mount === 'string' ? safeLine(`${percentOf(most)}% ${mount}`, CELL) : '';
}

function percentOf(disk: JsonObject | null): number {
  const percent = disk?.['usedPercent'];
  return typeof percent === 'number' ? percent : -1;
}

/** `debian 12` */
function system(facts: JsonObject): string {
  const words = [
    valueAt(facts, 'os.id') ?? valueAt(facts, 'os.family'),
    valueAt(facts, 'os.version'),
  ];
  return safeLine(words.filter((word) => typeof word === 'string').join(' '), CELL);
}

/** What a child reports is typed as any JSON: read here as facts report it, and as nothing where it is not so. */
function factsOf(child: ChildView): JsonObject {
  const facts = child.data['facts'];
  return isObject(facts) ? facts : {};
}

function valueAt(facts: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = facts;
  for (const name of path.split('.')) {
    if (!isObject(value)) return undefined;
    value = value[name];
  }
  return value;
}

interface ShortColumn {
  readonly path: string;
  readonly title: string;
  readonly help: string;
  readonly cell: (facts: JsonObject) => string;
}

/** Columns beside the fields of FACT_FIELDS: several of them in a few words. */
export const SHORT: readonly ShortColumn[] = [
  { path: 'os', title: 'OS', help: 'id and version, like debian 12', cell: system },
  {
    path: 'disks.fullest',
    title: 'Disk',
    help: 'the file system with the least room, by its share',
    cell: fullest,
  },
];
/** With these a terminal of 80 columns is wide enough for most. */
const USUAL: readonly string[] = [
  'os',
  'kernel.release',
  'cpu.count',
  'memory.total',
  'disks.fullest',
  'uptime',
  'rebootRequired',
];
const CELL = 200;
