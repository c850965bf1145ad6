import { spawnSync } from 'node:child_process';

/** Makes a key pair with ssh-keygen; `args` choose type, size and format. */
export function keygen(file: string, args: readonly string[], passphrase = '', comment = ''): void {
  run(['-q', ...args, '-N', passphrase, '-C', comment, '-f', file]);
}

/** `SHA256:...` of a key file, by ssh-keygen. */
export function fingerprintOf(file: string): string {
  return run(['-l', '-f', file]).split(' ')[1] ?? '';
}

function run(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('ssh-keygen', args, {
    encoding: 'utf8',
    input: '',
  });
  if (error !== undefined || status !== 0) throw new Error(error?.message ?? stderr);
  return stdout;
}

/** Every kind of private key file that ssh-keygen makes and we read. */
export const FORMATS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'ed25519', args: ['-t', 'ed25519'] },
  { name: 'ecdsa-256', args: ['-t', 'ecdsa', '-b', '256'] },
  { name: 'ecdsa-384', args: ['-t', 'ecdsa', '-b', '384'] },
  { name: 'ecdsa-521', args: ['-t', 'ecdsa', '-b', '521'] },
  { name: 'rsa', args: ['-t', 'rsa', '-b', '2048'] },
  { name: 'pem-rsa', args: ['-t', 'rsa', '-b', '2048', '-m', 'PEM'] },
  { name: 'pem-ecdsa', args: ['-t', 'ecdsa', '-b', '256', '-m', 'PEM'] },
  { name: 'pkcs8-rsa', args: ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8'] },
  { name: 'pkcs8-ecdsa', args: ['-t', 'ecdsa', '-b', '384', '-m', 'PKCS8'] },
];

/** Encrypts a private key file in place. */
export function encryptKey(file: string, passphrase: string, args: readonly string[] = []): void {
  run(['-q', ...args, '-p', '-P', '', '-N', passphrase, '-f', file]);
}

/** Makes `file-cert.pub`, signed by an authority's key; for the user deploy, unless `args` say otherwise. */
export function certify(authority: string, file: string, args: readonly string[] = []): void {
  const principals = args.includes('-n') ? [] : ['-n', 'deploy'];
  run(['-q', '-s', authority, '-I', 'test', ...principals, ...args, `${file}.pub`]);
}
