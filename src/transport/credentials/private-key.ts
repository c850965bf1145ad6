import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import { keyType, wireInteger, wireString } from '../host-keys/key-blob.ts';
import type { Ssh2 } from '../ssh2.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { publicBlob } from './public-blob.ts';

/** A private key that is ready to sign. The key itself is a KeyObject: its text is parsed once and then let go. */
export interface PrivateKey {
  readonly blob: Buffer;
  readonly type: string;
  /** The whole signature (RFC 4253 section 6.6), with an algorithm of the key's type. Never with SHA-1. */
  readonly sign: (data: Buffer, algorithm: string) => Buffer;
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
    return { blob, type, sign: signer(key) };
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

function signer(key: KeyObject): PrivateKey['sign'] {
  return (data, algorithm) => {
    const digest = DIGESTS.get(algorithm);
    if (digest === undefined) throw new Error(`nothing is signed with ${algorithm}`);
    const signature = sign(digest, data, { key, dsaEncoding: 'ieee-p1363' });
    const value = algorithm.startsWith('ecdsa-') ? twoNumbers(signature) : signature;
    return Buffer.concat([wireString(algorithm), wireString(value)]);
  };
}

/** RFC 5656 section 3.1.2: both halves of an ECDSA signature as numbers of their own. */
function twoNumbers(signature: Buffer): Buffer {
  const half = signature.length / 2;
  const halves = [signature.subarray(0, half), signature.subarray(half)];
  return Buffer.concat(halves.map((bytes) => wireString(wireInteger(bytes))));
}

/** RFC 8332 for RSA, RFC 5656 section 6.2.1 for ECDSA; Ed25519 hashes by itself. */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['ssh-ed25519', null],
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
  ['ecdsa-sha2-nistp256', 'sha256'],
  ['ecdsa-sha2-nistp384', 'sha384'],
  ['ecdsa-sha2-nistp521', 'sha512'],
]);
