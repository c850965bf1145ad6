import { open, type FileHandle } from 'node:fs/promises';
import { errorCode } from '../../base/system-error.ts';
import { keyType } from '../host-keys/key-blob.ts';
import { readOpenSshHeader } from './openssh-key.ts';

/** What a key file holds, found out without any passphrase. */
export type KeyFile =
  | { readonly kind: 'missing' }
  /** It cannot sign by itself, but an agent that holds its private half can: a public key, or that of a security key. */
  | { readonly kind: 'public'; readonly blob: Buffer; readonly isSecurityKey: boolean }
  | PrivateKeyFile
  /** `problem` completes a sentence that begins with the file's name. */
  | { readonly kind: 'unusable'; readonly problem: string; readonly hint: string | null };

export interface PrivateKeyFile {
  readonly kind: 'private';
  readonly file: string;
  readonly format: 'openssh' | 'pem';
  readonly text: string;
  readonly encrypted: boolean;
  /** The public half, where it can be had without a passphrase. */
  readonly blob: Buffer | null;
}

/**
 * Reads a key file by ssh's rules: a private key of ours that others may read is not used (sshkey_perm_ok in OpenSSH's
 * authfile.c). The permissions are those of the file that was read, not of what may have its name by then.
 */
export async function readKeyFile(file: string): Promise<KeyFile> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return unusable(`cannot be read: ${code ?? 'unknown error'}`);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) return unusable('is a directory, not a key file');
    if (!stats.isFile() && !stats.isFIFO()) return unusable('is not a key file');
    if (stats.size > MAX_KEY_BYTES) return unusable('is too large to be a key');
    const text = (await handle.readFile()).toString('latin1').trim();
    const exposed = stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0;
    return await classify(file, text, exposed ? stats.mode & 0o777 : null);
  } finally {
    await handle.close();
  }
}

async function classify(file: string, text: string, exposedMode: number | null): Promise<KeyFile> {
  // OpenSSL writes other blocks and words before a key (EC PARAMETERS, Bag Attributes), and reads over them.
  const found = /^-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----/mu.exec(text);
  const armour = found?.[1];
  if (found === null || armour === undefined) return classifyOther(text);
  if (exposedMode !== null) {
    const mode = `0${exposedMode.toString(8).padStart(3, '0')}`;
    return unusable(
      `has permissions ${mode}, which are too open: others could read the private key`,
      `chmod 600 ${file}`,
    );
  }
  const key = text.slice(found.index);
  switch (armour) {
    case 'OPENSSH ':
      return classifyOpenSsh(file, key);
    case 'RSA ':
    case 'EC ':
    case '':
    case 'ENCRYPTED ': {
      const encrypted = armour === 'ENCRYPTED ' || /^Proc-Type: 4,ENCRYPTED\s*$/mu.test(key);
      // These formats hide the public half when encrypted; ssh-keygen leaves it beside them.
      const blob = encrypted ? await readPublicSibling(`${file}.pub`) : null;
      return { kind: 'private', file, format: 'pem', text: key, encrypted, blob };
    }
    case 'DSA ':
      return unusable('is a DSA key, which servers no longer accept');
    default:
      return unusable(`is of an unknown format (${armour.trim()} PRIVATE KEY)`);
  }
}

function classifyOpenSsh(file: string, text: string): KeyFile {
  const header = readOpenSshHeader(text);
  if (header === null) return unusable('is a damaged OpenSSH private key');
  const { encrypted, blob, type } = header;
  if (type.startsWith('sk-') && keyType(blob) === type) {
    return { kind: 'public', blob, isSecurityKey: true };
  }
  if (keyType(blob) === null || type === 'ssh-dss') {
    return unusable(`is a key of a type that is not supported (${printable(type)})`);
  }
  return { kind: 'private', file, format: 'openssh', text, encrypted, blob };
}

function classifyOther(text: string): KeyFile {
  const blob = publicKeyOf(text);
  if (blob !== null) return { kind: 'public', blob, isSecurityKey: false };
  if (/^(?:-----BEGIN |---- BEGIN SSH2 )(?:RSA )?PUBLIC KEY/u.test(text)) {
    return unusable('is a public key', 'name the private key');
  }
  if (/^[a-z0-9-]+-cert-v0[01]@openssh\.com /u.test(text)) {
    return unusable('is a certificate, not a private key', 'name the private key');
  }
  if (text.startsWith('PuTTY-User-Key-File-')) {
    return unusable('is a PuTTY key', 'puttygen FILE -O private-openssh -o NEW converts it');
  }
  return unusable(text === '' ? 'is empty' : 'is of an unknown format: no private key in it');
}

/** A line as in authorized_keys, without options: type, base64, comment. */
function publicKeyOf(text: string): Buffer | null {
  const [type, encoded] = text.split(/\s+/u, 2);
  if (type === undefined || encoded === undefined) return null;
  const blob = Buffer.from(encoded, 'base64');
  return keyType(blob) === type ? blob : null;
}

async function readPublicSibling(file: string): Promise<Buffer | null> {
  const found = await readKeyFile(file);
  return found.kind === 'public' ? found.blob : null;
}

function unusable(problem: string, hint: string | null = null): KeyFile {
  return { kind: 'unusable', problem, hint };
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/gu, '?').slice(0, 40);
}

/** MAX_KEY_FILE_SIZE in OpenSSH's sshbuf-io.c callers: what is larger is no key. */
const MAX_KEY_BYTES = 1024 * 1024;
