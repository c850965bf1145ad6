import { bytesText } from '../base/byte-text.ts';
import { safeLine } from '../base/safe-text.ts';
import { FACT_FIELDS, type FactField } from '../model/fact-fields.ts';
import type { ChildView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import { outcomeReason } from '../results/message.ts';
import type { JsonObject } from './json-forms.ts';
import { isObject } from './structured.ts';
import type { Column } from './table.ts';

/** What facts reports: a column for each of these paths, or those that tell most; and why a host said nothing. */
export function factColumns(paths: readonly string[] | null): readonly Column<ChildView>[] {
  const wanted = paths ?? USUAL;
  return [
    { title: 'Host', value: (child) => safeLine(child.host, 255) },
    ...wanted.map(columnOf),
    { title: 'Reason', value: (child) => outcomeReason(child) ?? '' },
  ];
}

function columnOf(path: string): Column<ChildView> {
  if (path === FULLEST) return { title: 'Disk', value: (child) => fullest(factsOf(child)) };
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

/** `12 d 3 h`, `3 h 12 min`, `45 s`, `-0.25 s`: the two largest units. */
function span(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? '-' : '';
  if (size < 60) return `${sign}${Number.isInteger(size) ? size : size.toFixed(2)} s`;
  const minutes = Math.floor(size / 60);
  if (minutes < 60) return `${sign}${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${sign}${hours} h ${minutes % 60} min`;
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
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

/** Beside the fields of FACT_FIELDS: which disk is the fullest, and how full. */
export const FULLEST = 'disks.fullest';
const USUAL: readonly string[] = [
  'os.name',
  'kernel.release',
  'architecture',
  'cpu.count',
  'memory.total',
  'memory.free',
  FULLEST,
  'uptime',
  'rebootRequired',
];
const CELL = 200;
