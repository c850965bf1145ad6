import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { logoutPart } from '../../../src/work/durable/logout.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';
import { installed } from '../rig.ts';

const SESSION = '0::/user.slice/user-1000.slice/session-3.scope\n';
const VENDOR = 'usr/lib/systemd/logind.conf';
const MAIN = 'etc/systemd/logind.conf';
const DROP_IN = 'etc/systemd/logind.conf.d/10-kill.conf';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What is said on a host with these files. */
function said(shell: string, files: Readonly<Record<string, string>>, group = SESSION): string {
  const root = temporaryFolder('logout');
  folders.push(root);
  for (const [path, text] of Object.entries({ ...files, 'proc/self/cgroup': group })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const [file = '', ...args] = shell.split(' ');
  const program = `muster_say() { echo "$1"; }\n${logoutPart(root)}\nmuster_logout`;
  const { stdout, stderr } = spawnSync(file, [...args, '-c', program], { encoding: 'utf8' });
  return stdout + stderr;
}

test.each(installed('dash', 'bash --posix', 'busybox sh', 'mksh', 'zsh --emulate sh'))(
  'a host that ends processes at logout is found, by %s',
  (shell) => {
    const note = 'note logout\n';
    const on = '[Login]\nKillUserProcesses=yes\n';
    expect(said(shell, { [MAIN]: on })).toBe(note);
    expect(said(shell, { [MAIN]: '[Login]\n KillUserProcesses = true\n' })).toBe(note);
    expect(said(shell, { [MAIN]: '[Login]\n', [DROP_IN]: on })).toBe(note);
    expect(said(shell, { [MAIN]: on, [DROP_IN]: on.replace('yes', 'no') })).toBe('');
    // As it was built.
    expect(said(shell, { [VENDOR]: '[Login]\n#KillUserProcesses=yes\n' })).toBe(note);
    expect(said(shell, { [VENDOR]: '[Login]\n#KillUserProcesses=no\n' })).toBe('');
    expect(said(shell, { [MAIN]: on }, '0::/system.slice/sshd.service\n')).toBe('');
    expect(said(shell, { [MAIN]: on }, SESSION.replace('1000', '0'))).toBe('');
    const spared = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
    expect(said(shell, { [MAIN]: `${on}KillExcludeUsers=other ${spared}\n` })).toBe('');
    expect(said(shell, { [MAIN]: `${on}KillOnlyUsers=other\n` })).toBe('');
    expect(said(shell, { [MAIN]: `${on}KillOnlyUsers=other ${spared}\n` })).toBe(note);
  },
);
