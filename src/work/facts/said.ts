import { safeLine } from '../../base/safe-text.ts';

/** What a host said, by key. All of it is hostile: it is read with the functions here, which bound it. */
export type Said = ReadonlyMap<string, readonly string[]>;

/** Takes lines `key value...`, some of which have no value; what is beyond any use is passed over. */
export function sort(lines: readonly string[]): Said {
  const said = new Map<string, string[]>();
  for (const line of lines.slice(0, MOST_LINES)) {
    const [, key, value = ''] =
      /^([a-z0-9_-]{1,32})(?: (.*))?$/su.exec(line.slice(0, LONGEST)) ?? [];
    if (key === undefined) continue;
    const before = said.get(key);
    if (before === undefined) said.set(key, [value]);
    else before.push(value);
  }
  return said;
}

export function all(said: Said, key: string): readonly string[] {
  return said.get(key) ?? [];
}

export function first(said: Said, key: string): string | null {
  return all(said, key)[0] ?? null;
}

/** The values of lines `name` `separator` `value` under a key; where a name comes twice, the first. */
export function pairs(said: Said, key: string, separator: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of all(said, key)) {
    const at = line.indexOf(separator);
    const name = line.slice(0, Math.max(at, 0)).trim();
    if (name !== '' && !found.has(name)) found.set(name, line.slice(at + separator.length).trim());
  }
  return found;
}

/** Text for people; null where there is none. */
export function text(value: string | null | undefined, limit = 255): string | null {
  const line = safeLine(value ?? '', limit);
  return line === '' ? null : line;
}

/** A whole number from 0 on, times `unit`. */
export function whole(value: string | null | undefined, unit = 1): number | null {
  if (value === null || value === undefined || !/^\d{1,16}$/u.test(value)) return null;
  const number = Number(value) * unit;
  return Number.isSafeInteger(number) ? number : null;
}

/** A number from 0 on, with or without a fraction. */
export function decimal(value: string | null | undefined): number | null {
  return value !== null && value !== undefined && /^\d{1,12}(?:\.\d{1,9})?$/u.test(value)
    ? Number(value)
    : null;
}

/** Each once, in order. */
export function names(values: readonly (string | null)[], most: number): readonly string[] {
  const found = new Set(values.filter((value) => value !== null));
  return [...found].slice(0, most).toSorted();
}

const MOST_LINES = 20_000;
const LONGEST = 2_048;
