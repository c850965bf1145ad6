import { open } from 'node:fs/promises';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import { parseCertificate, type Certificate } from '../host-keys/certificate.ts';

/** A file that may hold a user certificate: of a key beside it, or named (CertificateFile in ssh_config(5)). */
export interface CertificateFile {
  readonly file: string;
  /** null: there is none, because of `problem`. */
  readonly certificate: Certificate | null;
  /** Completes a sentence that begins with the file's name. null: nothing is wrong, or the file is not there. */
  readonly problem: string | null;
}

/** Where ssh-keygen puts the certificate of a key, whichever half of the key is named. */
export function besideKey(file: string): string {
  return `${file.replace(/\.pub$/u, '')}-cert.pub`;
}

/** Reads each file once. One that is missing or unusable is no error, as for ssh: the key may do without. */
export async function loadCertificates(
  files: Iterable<string>,
): Promise<ReadonlyMap<string, CertificateFile>> {
  const found = await Promise.all([...new Set(files)].map(loadCertificate));
  return new Map(found.map((one) => [one.file, one]));
}

async function loadCertificate(file: string): Promise<CertificateFile> {
  const none = (problem: string | null): CertificateFile => ({ file, certificate: null, problem });
  let text: string | null;
  try {
    text = await readStart(file);
  } catch (error) {
    const code = errorCode(error);
    return none(
      code === 'ENOENT' || code === 'ENOTDIR' ? null : `cannot be read: ${code ?? 'unreadable'}`,
    );
  }
  const encoded = text?.trim().split(/\s+/u, 2)[1];
  const certificate =
    encoded === undefined ? null : parseCertificate(Buffer.from(encoded, 'base64'));
  if (certificate === null) return none('holds no certificate that can be used');
  if (certificate.kind === 'host') return none("is a host's certificate");
  return { file, certificate, problem: null };
}

/** Its bytes, as text; null: more than a certificate has. */
async function readStart(file: string): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    const bytes = Buffer.alloc(LARGEST_FILE + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return bytesRead > LARGEST_FILE ? null : bytes.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Why a server might refuse a certificate for this user, by what sshd(8) does where nothing else is configured; or null. */
export function isForOthers({ principals }: Certificate, user: string): string | null {
  if (principals.includes(user)) return null;
  if (principals.length === 0) return 'names no principal';
  return `is for ${safeLine(principals.join(', '), 40)}, not for ${safeLine(user, 40)}`;
}

/** ssh's limit for a line of a public key file (SSH_MAX_PUBKEY_BYTES in OpenSSH's sshkey.h). */
const LARGEST_FILE = 16_384;
