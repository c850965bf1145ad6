import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { FILE_VARIABLE } from '../setup/run-folder.ts';

/** sshd's own path: it re-executes itself and so wants an absolute one. null: it is not installed. */
export function sshdPath(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'sshd')).find(isExecutable) ?? null;
}

export interface SshdSettings {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly hostKeys: readonly string[];
  readonly authorizedKeys: string;
  readonly user: string;
  /** HOME of the sessions; null: the account's own. */
  readonly home: string | null;
  /** Lines of the caller's, which win. */
  readonly extra: readonly string[];
}

export function sshdConfig(sshd: string, settings: SshdSettings): string {
  const { port, addresses, hostKeys, authorizedKeys, user, home, extra } = settings;
  const inMatch = extra.findIndex((line) => /^\s*match\b/iu.test(line));
  const [before, after] =
    inMatch === -1 ? [extra, []] : [extra.slice(0, inMatch), extra.slice(inMatch)];
  // The first value wins for most options, but not for all (MaxStartups): ours is left out where the caller has one.
  const given = new Set(before.map(keyword));
  const ours = [
    `Port ${port}`,
    'AddressFamily inet',
    ...addresses.map((address) => `ListenAddress ${address}`),
    ...hostKeys.map((file) => `HostKey ${file}`),
    'PidFile none',
    `AllowUsers ${user}`,
    'PermitRootLogin prohibit-password',
    `AuthorizedKeysFile ${authorizedKeys}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'PrintMotd no',
    'PrintLastLog no',
    'MaxStartups 500',
    'Subsystem sftp internal-sftp',
    'LogLevel VERBOSE',
    `SetEnv ${sessionEnvironment(home)}`,
    ...newerOptions(sshd),
  ];
  return [...before, ...ours.filter((line) => !given.has(keyword(line))), ...after, ''].join('\n');
}

function keyword(line: string): string {
  return line.trim().split(/[\s=]/u, 1)[0]?.toLowerCase() ?? '';
}

/**
 * Marks every process of a session, so that the leak check finds what a test left on the "host"; and keeps the dotfiles of
 * whoever runs the tests out of them (bash reads ~/.bashrc for sshd's commands).
 */
function sessionEnvironment(home: string | null): string {
  const mark = `${FILE_VARIABLE}=${process.env[FILE_VARIABLE] ?? 'none'}`;
  return home === null ? mark : `${mark} HOME=${home}`;
}

/** OpenSSH 9.8 punishes addresses whose logins fail, and all ours come from one address. */
function newerOptions(sshd: string): readonly string[] {
  // Before 9.2 -V is an unknown option, whose complaint names the version as well.
  const said = spawnSync(sshd, ['-V'], { encoding: 'utf8' });
  const version = /OpenSSH_(\d+)\.(\d+)/u.exec(`${said.stdout}${said.stderr}`);
  const newer = Number(version?.[1] ?? 0) * 100 + Number(version?.[2] ?? 0) >= 908;
  return newer ? ['PerSourcePenalties no'] : [];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there or not ours to run: the next folder may have it.
    return false;
  }
}
