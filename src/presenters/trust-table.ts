import { safeLine } from '../base/safe-text.ts';
import type { JudgedHost, JudgedKey, KnownAs } from '../model/host-trust.ts';
import { lengthOf, wrap } from './style.ts';
import { type Column, table } from './table.ts';

/** One key, and the hosts that have shown it and of which the same is known. */
export interface KeyGroup {
  readonly key: JudgedKey;
  readonly hosts: readonly JudgedHost[];
}

/** The keys of hosts by type and fingerprint: those that most hosts have come first. */
export function keyGroups(hosts: readonly JudgedHost[]): readonly KeyGroup[] {
  const groups = new Map<string, { readonly key: JudgedKey; readonly hosts: JudgedHost[] }>();
  for (const host of hosts) {
    for (const key of host.keys) {
      const { type, known, expected, dns, isProven, by } = key;
      const id = JSON.stringify([type, key.key, known, expected, dns, isProven, by?.fingerprint]);
      const group = groups.get(id) ?? { key, hosts: [] };
      group.hosts.push(host);
      groups.set(id, group);
    }
  }
  return [...groups.values()].toSorted(
    (one, other) =>
      typeRank(one.key) - typeRank(other.key) ||
      other.hosts.length - one.hosts.length ||
      (one.key.fingerprint < other.key.fingerprint ? -1 : 1),
  );
}

/**
 * A row for each group. Where rows are wider than the terminal, the hosts stand below their key: neither a fingerprint nor
 * a folded set is ever broken. `width` null: no terminal, each row is one line.
 */
export function keyLines(
  groups: readonly KeyGroup[],
  fold: (names: readonly string[]) => string,
  width: number | null,
): readonly string[] {
  const columns = columnsFor(groups);
  const hosts = (group: KeyGroup): string =>
    safeLine(fold(group.hosts.map(({ target }) => target.name)), Number.POSITIVE_INFINITY);
  const wide = table([...columns, { title: 'Hosts', value: hosts }], groups, null);
  if (width === null || wide.every((line) => lengthOf(line) <= width)) return wide;
  const [head = '', ...rows] = table(narrowed(columns), groups, null);
  return [
    head,
    ...groups.flatMap((group, index) => [
      rows[index] ?? '',
      ...below(hosts(group), width),
      ...below(detailsOf(group, columns), width),
    ]),
  ];
}

/** As ssh shows it: ED25519, RSA; of the ECDSA curves the most common has no number. */
export function shownType(type: string): string {
  const known = TYPES.find(([name]) => name === type);
  return known === undefined ? safeLine(type, 40) : known[1];
}

function columnsFor(groups: readonly KeyGroup[]): readonly Column<KeyGroup>[] {
  const columns: Column<KeyGroup>[] = [
    { title: 'Type', value: ({ key }) => shownType(key.type) },
    { title: 'Fingerprint', value: ({ key }) => key.fingerprint },
    { title: 'Known', value: ({ key }) => KNOWN[key.known] },
  ];
  if (groups.some(({ key }) => key.dns !== null)) {
    columns.push({ title: 'DNS', value: ({ key }) => shownDns(key) });
  }
  if (groups.some(({ key }) => key.expected !== null)) {
    columns.push({ title: 'Expected', value: ({ key }) => key.expected ?? '' });
  }
  return columns;
}

/** The first three fit any terminal. */
function narrowed(columns: readonly Column<KeyGroup>[]): readonly Column<KeyGroup>[] {
  return columns.slice(0, 3);
}

function detailsOf(group: KeyGroup, columns: readonly Column<KeyGroup>[]): string {
  return columns
    .slice(3)
    .map(({ title, value }) => `${title}: ${value(group)}`)
    .join(', ');
}

function below(text: string, width: number): readonly string[] {
  if (text === '') return [];
  return wrap(text, width - INDENT.length).map((line) => INDENT + line);
}

/** A match that was signed is another thing than one that anybody on the way could have made. */
function shownDns({ dns, isProven }: JudgedKey): string {
  if (dns === 'match') return isProven ? 'proven' : 'match';
  return dns ?? '';
}

function typeRank({ type }: JudgedKey): number {
  return TYPES.findIndex(([name]) => name === type);
}

/** The words of the field `known`, for people. */
const KNOWN: Readonly<Record<KnownAs, string>> = {
  known: 'known',
  new: 'new',
  'other-type': 'new type',
  authority: 'by CA',
  changed: 'changed',
  revoked: 'revoked',
};
const TYPES: readonly (readonly [type: string, shown: string])[] = [
  ['ssh-ed25519', 'ED25519'],
  ['ecdsa-sha2-nistp256', 'ECDSA'],
  ['ecdsa-sha2-nistp384', 'ECDSA-384'],
  ['ecdsa-sha2-nistp521', 'ECDSA-521'],
  ['ssh-rsa', 'RSA'],
];
const INDENT = '    ';
