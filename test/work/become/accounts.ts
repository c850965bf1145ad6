import { rmSync, writeFileSync } from 'node:fs';
import { Secret } from '../../../src/base/secret.ts';
import type { Become, BecomeMethod } from '../../../src/model/become.ts';
import { ownAccount, passwordAccount, removeAccount, type Account } from '../../fleet/account.ts';
import { runPid } from '../../fleet/sshd.ts';

/** Only root can make accounts, and say what they may do. */
export const IS_ROOT: boolean = ownAccount().uid === 0;

/** An account that may become others, as far as it is said. */
export interface Actor {
  readonly account: Account;
  /** What sudo lets it do from now on, as sudoers(5) says it after a name; it remembers nothing from command to command. */
  sudo(rule: string, ...defaults: readonly string[]): void;
  remove(): void;
}

export function actor(letter: string, password: string, shell?: string): Actor {
  const account = passwordAccount(runPid(), letter, password, shell === undefined ? {} : { shell });
  const { name } = account;
  const file = `/etc/sudoers.d/${name}`;
  return {
    account,
    sudo: (rule, ...defaults) => {
      const settings = ['timestamp_timeout=0', ...defaults];
      const lines = [...settings.map((one) => `Defaults:${name} ${one}`), `${name} ${rule}`, ''];
      writeFileSync(file, lines.join('\n'), { mode: 0o440 });
    },
    remove: () => {
      rmSync(file, { force: true });
      removeAccount(account);
    },
  };
}

export function becomes(
  method: BecomeMethod,
  { user = 'root', password }: { readonly user?: string; readonly password?: string } = {},
): Become {
  return { method, user, password: password === undefined ? null : new Secret(password) };
}
