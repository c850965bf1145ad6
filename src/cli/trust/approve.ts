import { safeLine } from '../../base/safe-text.ts';
import type { ApprovedKey, JudgedHost } from '../../model/host-trust.ts';
import type { Output } from '../../presenters/presenter.ts';
import { plural } from '../../presenters/style.ts';
import { keyGroups, keyLines, shownType } from '../../presenters/trust-table.ts';
import { foldNodeSet } from '../../targets/nodeset/fold.ts';
import type { AskAtTerminal } from '../passphrase.ts';
import { isAddable, isReplaceable } from './settled.ts';

/** Who approves. */
export interface Approver {
  /** Asks at the terminal; null: nobody is asked. */
  readonly ask: AskAtTerminal | null;
  /** All that can be added is. */
  readonly isYes: boolean;
  readonly stdout: Output;
  /** The user's home, which is written as `~`. */
  readonly home: string;
}

/** The keys that are to be written. Those that changed only where somebody types the name of their host. */
export async function approvedKeys(
  hosts: readonly JudgedHost[],
  approver: Approver,
): Promise<readonly ApprovedKey[]> {
  const addable = hosts.flatMap((host) =>
    host.keys.filter(isAddable).map((key) => ({ host, key, replace: false })),
  );
  const added = await additions(addable, approver);
  return [...added, ...(await replacements(hosts, approver))];
}

async function additions(
  addable: readonly ApprovedKey[],
  approver: Approver,
): Promise<readonly ApprovedKey[]> {
  if (approver.isYes || addable.length === 0) return approver.isYes ? addable : [];
  if (approver.ask === null) return [];
  const hosts = new Set(addable.map(({ host }) => host)).size;
  const what = `${plural(addable.length, 'key')} of ${plural(hosts, 'host')}`;
  const answer = await approver.ask(
    `Add ${what} to ${filesOf(addable, approver.home)}? [y/N/e: each]`,
    false,
  );
  if (isYes(answer)) return addable;
  return /^e(?:ach)?$/iu.test(answer.trim()) ? eachKey(addable, approver.ask, approver) : [];
}

/** One question for each key, however many hosts have it. */
async function eachKey(
  addable: readonly ApprovedKey[],
  ask: AskAtTerminal,
  { stdout }: Approver,
): Promise<readonly ApprovedKey[]> {
  const approved: ApprovedKey[] = [];
  const offered = new Map(addable.map((one) => [one.key, one]));
  for (const group of keyGroups([...new Set(addable.map(({ host }) => host))])) {
    const members = group.hosts.flatMap(({ keys }) =>
      keys.flatMap((key) => {
        const one = key.key === group.key.key ? offered.get(key) : undefined;
        return one === undefined ? [] : [one];
      }),
    );
    if (members.length === 0) continue;
    const width = stdout.isTerminal ? stdout.columns : null;
    const [, ...lines] = keyLines([group], foldNodeSet, width);
    await stdout.write(lines.map((line) => `${line}\n`).join(''));
    if (isYes(await ask('Add it? [y/N]', false))) approved.push(...members);
  }
  return approved;
}

async function replacements(
  hosts: readonly JudgedHost[],
  { ask, stdout }: Approver,
): Promise<readonly ApprovedKey[]> {
  const approved: ApprovedKey[] = [];
  if (ask === null) return approved;
  for (const host of hosts) {
    const keys = host.keys.filter(isReplaceable);
    if (keys.length === 0) continue;
    const { name } = host.target;
    const types = keys.map(({ type }) => shownType(type)).join(', ');
    await stdout.write(
      `${safeLine(name, 255)} has another key than before (${types}): somebody may pose as it\n`,
    );
    const answer = await ask("Type the host's name to replace what is known of it", false);
    if (answer.trim() === name) approved.push(...keys.map((key) => ({ host, key, replace: true })));
  }
  return approved;
}

function filesOf(approved: readonly ApprovedKey[], home: string): string {
  const [file = '', ...more] = new Set(approved.map(({ host }) => host.file));
  if (more.length > 0) return `${more.length + 1} files`;
  // A question is one line of a terminal: of a long path its end tells most.
  const path = shortPath(file, home);
  return path.length <= LONGEST_PATH ? path : `…${path.slice(1 - LONGEST_PATH)}`;
}

/** A path as people write it. */
export function shortPath(file: string, home: string): string {
  return safeLine(file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file);
}

function isYes(answer: string): boolean {
  return /^y(?:es)?$/iu.test(answer.trim());
}

const LONGEST_PATH = 30;
