import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from '../setup/run-folder.ts';

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export const KEY_TYPES: readonly KeyType[] = ['ed25519', 'ecdsa', 'rsa'];

/** The folder with the run's host keys `host_<type>` and its user key `user`: made once a run, shared by its fleets. */
export function sharedKeys(): string {
  const folder = join(runFolder(), 'keys');
  if (existsSync(folder)) return folder;
  // Two workers may get here together: each makes a set, the first rename wins.
  const making = mkdtempSync(join(runFolder(), 'keys-'));
  for (const type of KEY_TYPES) makeKey(join(making, `host_${type}`), type);
  makeKey(join(making, 'user'), 'ed25519');
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Makes a key pair `file` and `file.pub` with ssh-keygen. */
export function makeKey(file: string, type: KeyType, passphrase = ''): void {
  const size = { ed25519: [], ecdsa: ['-b', '256'], rsa: ['-b', '2048'] }[type];
  const args = ['-q', '-t', type, ...size, '-N', passphrase, '-C', '', '-f', file];
  const made = spawnSync('ssh-keygen', args, { encoding: 'utf8', input: '' });
  if (made.status !== 0) throw new Error(`ssh-keygen: ${made.error?.message ?? made.stderr}`);
}

/** `ssh-ed25519 AAAA...`: the first two words of a public key file. */
export function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
}

/** As ssh-keygen -l prints it: `SHA256:` and the unpadded base64. */
export function fingerprint(file: string): string {
  const blob = Buffer.from(publicKey(file).split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/u, '')}`;
}
