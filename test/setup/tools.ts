import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sshdPath } from '../fleet/sshd-config.ts';

/**
 * The programs that the tests use and npm does not bring. What is missing is installed where apt-get is there and the
 * user is root; else the run fails with one sentence that says what to install. Nothing is skipped.
 */
export function requireTools(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  const sentence = `the tests need ${missing.join(', ')}: install them, for example with "apt-get install ${missing.join(' ')}"`;
  if (process.getuid?.() !== 0 || !isInPath('apt-get')) throw new Error(sentence);
  install(missing);
  const still = missingPackages();
  if (still.length > 0)
    throw new Error(`${sentence} (apt-get did not install ${still.join(', ')})`);
}

function missingPackages(): readonly string[] {
  const wanted = [
    { package: 'openssh-server', there: sshdPath() !== null },
    { package: 'openssh-client', there: isInPath('ssh-keygen') && isInPath('ssh-agent') },
    { package: 'util-linux', there: isInPath('setsid') && isInPath('script') },
    // Completion is tested in the shells themselves.
    { package: 'zsh', there: isInPath('zsh') },
    { package: 'fish', there: isInPath('fish') },
    // Shells that logins have and that read command lines in their own ways.
    { package: 'csh', there: isInPath('csh') },
    { package: 'tcsh', there: isInPath('tcsh') },
    { package: 'busybox', there: isInPath('busybox') },
    // Becoming somebody else; accounts to do so are root's to make.
    { package: 'sudo', there: process.getuid?.() !== 0 || isInPath('sudo') },
    { package: 'opendoas', there: process.getuid?.() !== 0 || isInPath('doas') },
    // Network namespaces are root's alone; for others those tests take their other road.
    { package: 'iproute2', there: process.getuid?.() !== 0 || isInPath('ip') },
  ];
  return wanted.filter(({ there }) => !there).map((one) => one.package);
}

function install(packages: readonly string[]): void {
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // The package would start its own sshd; the tests only want the program.
    RUNLEVEL: '1',
  };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const done = spawnSync('apt-get', ['-q', ...args], { env, encoding: 'utf8', timeout: 300_000 });
    if (done.status !== 0) process.stderr.write(`apt-get ${args[0]}: ${done.stderr}\n`);
  }
}

export function isInPath(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, program)));
}
