import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import type { WrittenKey } from '../../model/host-trust.ts';
import { whileLocked } from './file-lock.ts';
import { hashName } from './hashed-names.ts';
import { knownHostsName, loadKnownHosts, type KnownHosts } from './known-hosts.ts';
import { hasHashedNames, withoutKeys } from './known-hosts-text.ts';
import { appendLines, isRecordable } from './known-hosts-writer.ts';

/** A key to be written down for a host. */
export interface KeyChange {
  readonly host: string;
  readonly port: number;
  readonly type: string;
  readonly blob: Buffer;
  /** Types of which it takes the place of all keys that the file has for the host; empty: it is added. */
  readonly replaces: readonly string[];
}

export type ChangeResult = Pick<WrittenKey, 'outcome' | 'note'>;

/**
 * Writes keys to a known_hosts file, all at once, with hashed names where it has such. What was decided on may have been
 * decided on an older state of the file, so each key is looked at again: none comes twice, and none beside another of its
 * type. Where keys are replaced the file is replaced whole, with its mode and owner; else lines are appended.
 */
export async function changeKnownHosts(
  file: string,
  changes: readonly KeyChange[],
  clock: Clock,
): Promise<readonly ChangeResult[]> {
  return whileLocked(file, clock, async (path) => {
    for (;;) {
      const plan = await planned(path, changes);
      if (plan.added.length === 0) return plan.results;
      if (plan.lines === null) await appendLines(path, plan.added);
      else if (!(await replaceFile(path, plan.lines, plan.added, plan.before))) continue;
      return plan.results;
    }
  });
}

interface Plan {
  readonly results: readonly ChangeResult[];
  /** The lines that come new, each with its line feed. */
  readonly added: readonly string[];
  /** What is left of the file's own lines; null: nothing of it is taken away. */
  readonly lines: readonly string[] | null;
  /** The file that was read; null: there is none. */
  readonly before: BigIntStats | null;
}

async function planned(file: string, changes: readonly KeyChange[]): Promise<Plan> {
  const before = await statOf(file);
  const known = await loadKnownHosts([file]);
  let lines: readonly string[] =
    before === null ? [] : (await readFile(file, 'latin1')).split('\n');
  const isHashed = hasHashedNames(lines);
  let isCut = false;
  const added: string[] = [];
  const results = changes.map((change): ChangeResult => {
    const { host, port, type, blob, replaces } = change;
    const verdict = verdictOn(change, known);
    if (verdict !== null) return verdict;
    const name = knownHostsName(host, port);
    if (replaces.length > 0) {
      const left = withoutKeys(lines, name, replaces);
      ({ lines } = left);
      isCut ||= left.isChanged;
    }
    known.learn(host, port, { file, line: null, type, blob });
    const written = isHashed ? hashName(Buffer.from(name, 'utf8')) : name;
    added.push(`${written} ${type} ${blob.toString('base64')}\n`);
    return { outcome: 'written', note: null };
  });
  return { results, added, lines: isCut ? lines : null, before };
}

/** null: nothing speaks against writing it. */
function verdictOn(
  { host, port, type, blob, replaces }: KeyChange,
  known: KnownHosts,
): ChangeResult | null {
  if (!isRecordable(host)) return refused('its name cannot be written to known_hosts');
  const { keys, revoked } = known.about(host, port);
  if (revoked.some((key) => key.blob.equals(blob))) return refused('the key has been revoked');
  if (keys.some((key) => key.blob.equals(blob))) return { outcome: 'there', note: null };
  if (!replaces.includes(type) && keys.some((key) => key.type === type)) {
    return refused(`another ${type} key has been written down for it meanwhile`);
  }
  return null;
}

function refused(note: string): ChangeResult {
  return { outcome: 'refused', note };
}

/** False: somebody has written to the file since it was read. */
async function replaceFile(
  file: string,
  lines: readonly string[],
  added: readonly string[],
  before: BigIntStats | null,
): Promise<boolean> {
  const text = lines.join('\n');
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(aside, 'wx', 0o600);
  try {
    await handle.writeFile(
      Buffer.concat([Buffer.from(text + gap, 'latin1'), Buffer.from(added.join(''), 'utf8')]),
    );
    if (before !== null) {
      const { uid, gid } = await handle.stat({ bigint: true });
      // Mode last: a change of owner may take bits away.
      if (uid !== before.uid || gid !== before.gid) {
        await handle.chown(Number(before.uid), Number(before.gid));
      }
      await handle.chmod(Number(before.mode & 0o7777n));
    }
    await handle.datasync();
    if (!isSame(before, await statOf(file))) return false;
    await rename(aside, file);
    return true;
  } finally {
    await handle.close();
    await rm(aside, { force: true });
  }
}

function isSame(one: BigIntStats | null, other: BigIntStats | null): boolean {
  if (one === null || other === null) return one === other;
  return one.ino === other.ino && one.size === other.size && one.mtimeNs === other.mtimeNs;
}

async function statOf(file: string): Promise<BigIntStats | null> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
