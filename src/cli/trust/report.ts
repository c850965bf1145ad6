import { safeLine } from '../../base/safe-text.ts';
import type { JudgedHost, JudgedKey, WrittenKey } from '../../model/host-trust.ts';
import { plural } from '../../presenters/style.ts';
import { shownType } from '../../presenters/trust-table.ts';
import { foldNodeSet } from '../../targets/nodeset/fold.ts';
import { shortPath } from './approve.ts';

/** What an operator should look at before keys are approved: hosts with one key, and what changed keys were before. */
export function warnings(hosts: readonly JudgedHost[], home: string): readonly string[] {
  return [...sharedKeys(hosts), ...hosts.flatMap((host) => contradictions(host, home))];
}

/** Copies of one machine have one key, and whoever has one of them can pose as all. */
function sharedKeys(hosts: readonly JudgedHost[]): readonly string[] {
  const typesOf = new Map<string, string[]>();
  const byKey = grouped(
    hosts.flatMap((host) => host.keys.map((key) => ({ host, key }))),
    ({ key }) => key.key,
  );
  for (const shown of byKey.values()) {
    const names = [...new Set(shown.map(({ host }) => host.target.name))];
    const [first] = shown;
    if (first === undefined || names.length < 2) continue;
    const set = foldNodeSet(names);
    typesOf.set(set, [...(typesOf.get(set) ?? []), shownType(first.key.type)]);
  }
  return [...typesOf].map(
    ([set, types]) =>
      `${safeLine(set, Number.POSITIVE_INFINITY)}: one ${types.join(', ')} key for all of them: one machine under several names, or copies of one`,
  );
}

function contradictions(host: JudgedHost, home: string): readonly string[] {
  const reasons = [...changes(host, home), ...host.keys.flatMap((key) => disagreements(key, home))];
  if (host.dnsFailure !== null) reasons.push(`its SSHFP records: ${host.dnsFailure}`);
  return reasons.map((reason) => `${safeLine(host.target.name, 255)}: ${reason}`);
}

/** Of keys that have changed, those of types that were known before; where there are none, the one that was. */
function changes({ keys }: JudgedHost, home: string): readonly string[] {
  const changed = keys.filter(({ known }) => known === 'changed');
  const ofType = changed.filter(({ type, by }) => by?.type === type);
  if (ofType.length > 0) {
    return ofType.map(
      (key) =>
        `its ${shownType(key.type)} key has changed: ${placeOf(key, home)} has ${key.by?.fingerprint ?? 'another'}`,
    );
  }
  const [first] = changed;
  if (first === undefined || first.by === null) return [];
  const { type, fingerprint } = first.by;
  return [
    `it has changed: it does not show the key of ${placeOf(first, home)}, ${shownType(type)} ${fingerprint}`,
  ];
}

function disagreements(key: JudgedKey, home: string): readonly string[] {
  const its = `its ${shownType(key.type)} key`;
  return [
    ...(key.known === 'revoked' ? [`${its} is revoked: ${placeOf(key, home)}`] : []),
    ...(key.expected === 'mismatch' ? [`${its} is not the one that is expected`] : []),
    ...(key.dns === 'mismatch' ? [`${its} is not the one that DNS names`] : []),
  ];
}

function placeOf({ by }: JudgedKey, home: string): string {
  if (by === null) return 'known_hosts';
  return by.line === null ? shortPath(by.file, home) : `${shortPath(by.file, home)}:${by.line}`;
}

/** What came of it, in a line or a few. `notAsked`: why nobody was, though something was to be approved; else null. */
export function conclusion(
  hosts: readonly JudgedHost[],
  written: readonly WrittenKey[],
  unsettled: ReadonlyMap<JudgedHost, readonly JudgedKey[]>,
  options: { readonly notAsked: string | null; readonly home: string },
): readonly string[] {
  const lines: string[] = [];
  const done = written.filter(({ outcome }) => outcome === 'written');
  for (const [file, keys] of grouped(done, ({ host }) => host.file)) {
    const count = new Set(keys.map(({ host }) => host)).size;
    const what = `${plural(keys.length, 'key')} of ${plural(count, 'host')}`;
    lines.push(`added ${what} to ${shortPath(file, options.home)}`);
  }
  for (const { host, note } of written) {
    if (note !== null) lines.push(`${safeLine(host.target.name, 255)}: ${note}`);
  }
  if (unsettled.size === 0 && done.length === 0 && hosts.length > 0) {
    lines.push(`the keys of ${plural(hosts.length, 'host')} are as they should be`);
  }
  for (const [why, names] of reasonsOf(unsettled)) {
    lines.push(`${why}: ${safeLine(foldNodeSet(names), Number.POSITIVE_INFINITY)}`);
  }
  const isLeft = [...unsettled.values()].flat().some(({ known }) => known !== 'changed');
  if (isLeft && done.length === 0 && options.notAsked !== null) {
    lines.push(`nothing was written: ${options.notAsked}, and --yes was not given`);
  }
  return lines;
}

function reasonsOf(
  unsettled: ReadonlyMap<JudgedHost, readonly JudgedKey[]>,
): ReadonlyMap<string, readonly string[]> {
  const reasons = new Map<string, string[]>();
  for (const [host, keys] of unsettled) {
    for (const why of new Set(keys.map(reasonOf))) {
      reasons.set(why, [...(reasons.get(why) ?? []), host.target.name]);
    }
  }
  return reasons;
}

function reasonOf({ known, expected, dns }: JudgedKey): string {
  if (known === 'revoked') return 'revoked';
  if (known === 'changed') return 'changed';
  if (expected === 'mismatch') return 'not as expected';
  if (dns === 'mismatch') return 'not as DNS says';
  return 'not known';
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const members = groups.get(keyOf(one)) ?? [];
    members.push(one);
    groups.set(keyOf(one), members);
  }
  return groups;
}
