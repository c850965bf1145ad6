import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Secret } from '../../../src/base/secret.ts';
import type { Become, BecomeMethod } from '../../../src/model/become.ts';
import {
  ownAccount,
  passwordAccount,
  removeAccount,
  sudoersOf,
  type Account,
} from '../../fleet/account.ts';
import { runPid } from '../../fleet/sshd.ts';

/** Only root can make accounts, and say what they may do. */
export const IS_ROOT: boolean = ownAccount().uid === 0;

/** An account that may become others, as far as it is said. */
export interface Actor {
  readonly account: Account;
  /** What sudo lets it do from now on, as sudoers(5) says it after a name; it remembers nothing from command to command. */
  sudo(rule: string, ...defaults: readonly string[]): void;
  /** For its next login. */
  changeShell(shell: string): void;
  remove(): void;
}

export function actor(letter: string, password: string, shell?: string): Actor {
  const account = passwordAccount(runPid(), letter, password, shell === undefined ? {} : { shell });
  const { name } = account;
  const file = sudoersOf(name);
  return {
    account,
    sudo: (rule, ...defaults) => {
      const settings = ['timestamp_timeout=0', ...defaults];
      const lines = [...settings.map((one) => `Defaults:${name} ${one}`), `${name} ${rule}`, ''];
      writeFileSync(file, lines.join('\n'), { mode: 0o440 });
    },
    changeShell: (other) => {
      const done = spawnSync('usermod', ['--shell', other, name], { encoding: 'utf8' });
      if (done.status !== 0) throw new Error(`usermod: ${done.stderr}`);
    },
    remove: () => removeAccount(account),
  };
}

export function becomes(
  method: BecomeMethod,
  { user = 'root', password }: { readonly user?: string; readonly password?: string } = {},
): Become {
  return { method, user, password: password === undefined ? null : new Secret(password) };
}

/** Puts rules into doas.conf(5); what was there before comes back with what it returns. */
export function doasRules(...rules: readonly string[]): () => void {
  const there = existsSync(DOAS_CONF) ? readFileSync(DOAS_CONF, 'utf8') : null;
  // What a run that crashed has left is nobody's.
  const before = /^(?:permit (?:nopass )?mustertest.*\n)+$/u.test(there ?? '') ? null : there;
  writeFileSync(DOAS_CONF, `${rules.join('\n')}\n`, { mode: 0o600 });
  return () => {
    if (before === null) rmSync(DOAS_CONF, { force: true });
    else writeFileSync(DOAS_CONF, before, { mode: 0o600 });
  };
}

/** The arguments and environments of all processes of this machine, as root sees them. */
export function allThatIsListed(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => ['cmdline', 'environ'].map((file) => contents(`/proc/${pid}/${file}`)))
    .join('\n');
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    // It has ended in between.
    return '';
  }
}

const DOAS_CONF = '/etc/doas.conf';
