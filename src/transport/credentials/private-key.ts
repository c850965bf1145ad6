import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import { keyType } from '../host-keys/key-blob.ts';
import type { Ssh2 } from '../ssh2.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { publicBlob } from './public-blob.ts';

/** A private key that is ready to sign. The key itself is a KeyObject: its text is parsed once and then let go. */
export interface PrivateKey {
  readonly blob: Buffer;
  readonly type: string;
  /** Signs as the key's type asks; `hash` chooses for RSA. Never with SHA-1. */
  sign(data: Buffer, hash: string | undefined): Buffer;
}

/**
 * Null: the file is damaged or, if it is encrypted, the passphrase is wrong; the libraries cannot always tell these
 * two apart. Their messages are dropped: nothing that was made of a passphrase belongs into one of ours.
 */
export function parsePrivateKey(
  ssh2: Ssh2,
  file: PrivateKeyFile,
  passphrase: Secret | null,
): PrivateKey | null {
  try {
    const key = keyObject(ssh2, file, passphrase);
    const blob = key === null ? null : publicBlob(key);
    const type = blob === null ? null : keyType(blob);
    if (key === null || blob === null || type === null) return null;
    return { blob, type, sign: signer(key, type) };
  } catch {
    return null;
  }
}

function keyObject(ssh2: Ssh2, file: PrivateKeyFile, passphrase: Secret | null): KeyObject | null {
  const parse = (bytes?: Buffer): KeyObject | null => {
    if (file.format === 'pem') {
      return createPrivateKey({
        key: file.text,
        ...(bytes === undefined ? {} : { passphrase: bytes }),
      });
    }
    const parsed = ssh2.utils.parseKey(file.text, bytes);
    return parsed instanceof Error ? null : createPrivateKey(parsed.getPrivatePEM());
  };
  return passphrase === null ? parse() : passphrase.use(parse);
}

function signer(key: KeyObject, type: string): PrivateKey['sign'] {
  return (data, hash) => sign(digestFor(type, hash), data, key);
}

/** RFC 8332 for RSA, RFC 5656 section 6.2.1 for ECDSA; Ed25519 hashes by itself. */
function digestFor(type: string, hash: string | undefined): string | null {
  switch (type) {
    case 'ssh-rsa':
      return hash === 'sha256' ? 'sha256' : 'sha512';
    case 'ecdsa-sha2-nistp256':
      return 'sha256';
    case 'ecdsa-sha2-nistp384':
      return 'sha384';
    case 'ecdsa-sha2-nistp521':
      return 'sha512';
    default:
      return null;
  }
}
