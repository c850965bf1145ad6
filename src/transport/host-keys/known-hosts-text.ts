import { lowerCase, matchesNames } from './host-pattern.ts';
import { matchesHashedName, parseHashedName } from './hashed-names.ts';
import { keyOfLine, parseLine } from './known-hosts-line.ts';

/** A text of known_hosts without the keys of some types that stood in it for one name. */
export interface Removed {
  readonly lines: readonly string[];
  /** Whether a line is other than before. */
  readonly isChanged: boolean;
}

/**
 * Takes the keys of these types from a host, and from no other: a line that names more hosts stays theirs. A line in which only
 * a wildcard means the host stays as it is, because it may mean others. `name` is as known_hosts has it, in lower case.
 */
export function withoutKeys(
  lines: readonly string[],
  name: string,
  types: readonly string[],
): Removed {
  let isChanged = false;
  const left = lines.flatMap((raw) => {
    const line = withoutName(raw, name, types);
    if (line !== raw) isChanged = true;
    return line === null ? [] : [line];
  });
  return { lines: left, isChanged };
}

/** Whether names in it are hashed: then those that are added are, too. */
export function hasHashedNames(lines: readonly string[]): boolean {
  return lines.some((raw) => parseLine(raw, '', 0)?.names.startsWith('|1|') === true);
}

/** null: nothing is left of the line. */
function withoutName(raw: string, name: string, types: readonly string[]): string | null {
  const line = parseLine(raw, '', 0);
  if (line === null || line.marker !== 'none') return raw;
  if (!types.includes(keyOfLine(line)?.type ?? '')) return raw;
  const { names } = line;
  if (names.startsWith('|')) {
    const hashed = parseHashedName(names);
    return hashed !== null && matchesHashedName(Buffer.from(name, 'utf8'), hashed) ? null : raw;
  }
  const bytes = Buffer.from(name, 'utf8').toString('latin1');
  if (!matchesNames(lowerCase(names), bytes)) return raw;
  const left = names.split(',').filter((item) => lowerCase(item) !== bytes);
  if (left.every((item) => item.startsWith('!'))) return null;
  return raw.replace(names, () => left.join(','));
}
