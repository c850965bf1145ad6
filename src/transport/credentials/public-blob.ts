import { createPublicKey, type KeyObject } from 'node:crypto';
import { wireInteger, wireString } from '../host-keys/key-blob.ts';

/** The public half of a key in SSH's wire form, or null for a kind of key that SSH has no use for here. */
export function publicBlob(key: KeyObject): Buffer | null {
  const { kty, crv, n, e, x, y } = createPublicKey(key).export({ format: 'jwk' });
  if (kty === 'RSA' && n !== undefined && e !== undefined) {
    return Buffer.concat(['ssh-rsa', wireInteger(bytes(e)), wireInteger(bytes(n))].map(wireString));
  }
  if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined) {
    return Buffer.concat(['ssh-ed25519', bytes(x)].map(wireString));
  }
  const curve = CURVES.get(crv ?? '');
  if (kty === 'EC' && curve !== undefined && x !== undefined && y !== undefined) {
    // SEC 1 section 2.3.3: an uncompressed point.
    const point = Buffer.concat([Buffer.from([4]), bytes(x), bytes(y)]);
    return Buffer.concat([`ecdsa-sha2-${curve}`, curve, point].map(wireString));
  }
  return null;
}

function bytes(encoded: string): Buffer {
  return Buffer.from(encoded, 'base64url');
}

/** RFC 5656 section 10.1, by the names of RFC 7518 section 6.2.1.1. */
const CURVES: ReadonlyMap<string, string> = new Map([
  ['P-256', 'nistp256'],
  ['P-384', 'nistp384'],
  ['P-521', 'nistp521'],
]);
