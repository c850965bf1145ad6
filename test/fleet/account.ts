import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processes, signalProcess } from '../helpers/processes.ts';

/** A login on the hosts. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The account that runs the tests. */
export function ownAccount(): Account {
  const uid = process.getuid?.() ?? 0;
  const found = accounts().find((account) => account.uid === uid);
  if (found === undefined) throw new Error(`/etc/passwd has no account for uid ${uid}`);
  return found;
}

/**
 * An account that is not root: the runner's own, or, for root, one made for this run (one a run, whichever worker asks
 * first) and removed by the global teardown.
 */
export function plainAccount(runPid: number): Account {
  const own = ownAccount();
  if (own.uid !== 0) return own;
  const name = `${ACCOUNT_PREFIX}${runPid}`;
  const there = accounts().find((account) => account.name === name);
  if (there !== undefined) return there;
  // A password of `*` can never match, but does not lock the account, as useradd's own `!` would (sshd refuses those).
  const made = retried('useradd', [
    '--no-log-init',
    '--no-create-home',
    '--home-dir',
    '/',
    '--shell',
    '/bin/sh',
    '--password',
    '*',
    name,
  ]);
  const account = accounts().find((one) => one.name === name);
  if (account === undefined) throw new Error(`cannot make the account ${name}: ${made}`);
  return account;
}

/**
 * A further account of this run, told apart by its letter, with a password, which it has no use for without PAM but with
 * it. For root only. Removed by `removeAccount`, or with the run.
 */
export function passwordAccount(
  runPid: number,
  letter: string,
  password: string,
  options: { readonly shell?: string } = {},
): Account {
  const name = `${ACCOUNT_PREFIX}${runPid}${letter}`;
  const { shell = '/bin/sh' } = options;
  const flags = ['--no-log-init', '--no-create-home', '--home-dir', '/', '--shell', shell];
  const said = retried('useradd', [...flags, name]);
  const set = spawnSync('chpasswd', { input: `${name}:${password}\n`, encoding: 'utf8' });
  const account = accounts().find((one) => one.name === name);
  if (account === undefined || set.status !== 0) {
    throw new Error(`cannot make the account ${name}: ${said}${set.stderr}`);
  }
  return account;
}

/** Removes the run's accounts that were made, and ends what they still run. */
export function removePlainAccount(runPid: number): void {
  for (const account of accounts()) {
    if (ACCOUNT_NAME.exec(account.name)?.[1] === String(runPid)) removeAccount(account);
  }
  for (const name of sudoersFiles()) {
    if (ACCOUNT_NAME.exec(name)?.[1] === String(runPid)) rmSync(sudoersOf(name), { force: true });
  }
}

export function removeAccount(account: Account): void {
  rmSync(sudoersOf(account.name), { force: true });
  for (const { pid } of processes()) {
    if (uidOf(pid) === account.uid) signalProcess(pid, 'SIGKILL');
  }
  const said = retried('userdel', ['--force', account.name]);
  if (accounts().some(({ name }) => name === account.name)) {
    throw new Error(`cannot remove the account ${account.name}: ${said}`);
  }
}

/** Where sudo reads what that account may do (sudoers(5), includedir). */
export function sudoersOf(name: string): string {
  return join(SUDOERS, name);
}

/** The run's process ids for which an account was made, and those of which only what it may do is left. */
export function accountRuns(): readonly number[] {
  const names = [...accounts().map(({ name }) => name), ...sudoersFiles()];
  const runs = names.map((name) => Number(ACCOUNT_NAME.exec(name)?.[1] ?? 0));
  return [...new Set(runs)].filter((pid) => pid !== 0);
}

function sudoersFiles(): readonly string[] {
  return existsSync(SUDOERS) ? readdirSync(SUDOERS) : [];
}

function accounts(): readonly Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 7)
    .map(([name = '', , uid, gid, , home = '/']) => ({
      name,
      uid: Number(uid),
      gid: Number(gid),
      home,
    }));
}

function uidOf(pid: number): number | null {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return null;
  try {
    return Number(/^Uid:\s+(\d+)/mu.exec(readFileSync(status, 'utf8'))?.[1] ?? -1);
  } catch {
    // It ended in between.
    return null;
  }
}

/** useradd and userdel lock /etc/passwd, and give up at once where another run holds the lock. */
function retried(command: string, args: readonly string[]): string {
  let said = '';
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt += 1) {
    const result = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
    said = `${result.error?.message ?? ''}${result.stderr ?? ''}`.trim();
    if (!/lock/iu.test(said)) return said;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
  }
  return said;
}

const SUDOERS = '/etc/sudoers.d';
const ACCOUNT_PREFIX = 'mustertest';
const ACCOUNT_NAME = /^mustertest(\d+)[a-z]?$/u;
const LOCK_ATTEMPTS = 50;
const LOCK_PAUSE_MS = 100;
