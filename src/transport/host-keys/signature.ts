import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { keyType, readWireString, wireStrings } from './key-blob.ts';

/**
 * Whether a whole signature (RFC 4253 section 6.6) of the data was made by the key, both in wire form. Never throws: what
 * cannot be read proves nothing. Of SHA-1 signatures too, whoever made them.
 */
export function isSignedBy(key: Buffer, data: Buffer, signature: Buffer): boolean {
  const type = keyType(key);
  const name = readWireString(signature, 0);
  const value = name && readWireString(signature, name.end);
  const scheme = SCHEMES.get(name?.value.toString('latin1') ?? '');
  if (type === null || !value || scheme === undefined || scheme.type !== type) return false;
  const rest = signature.subarray(value.end);
  if (rest.length !== (isOfSecurityKey(type) ? SECURITY_KEY_BYTES : 0)) return false;
  try {
    const bytes = type.includes('ecdsa-') ? fixedNumbers(value.value, scheme.half) : value.value;
    const message = isOfSecurityKey(type) ? securityKeyMessage(key, data, rest) : data;
    const by = { key: publicKeyObject(type, key), dsaEncoding: 'ieee-p1363' } as const;
    return bytes !== null && verify(scheme.digest, message, by, bytes);
  } catch {
    // Lost: what OpenSSL says of a key or a signature that is none.
    return false;
  }
}

/** From the wire form of a key that is whole. */
function publicKeyObject(type: string, blob: Buffer): KeyObject {
  const [, one = NOTHING, two = NOTHING] = wireStrings(blob) ?? [];
  const curve = CURVES.get(one.toString('latin1'));
  if (type === 'ssh-rsa') return fromJwk({ kty: 'RSA', e: encoded(one), n: encoded(two) });
  if (curve === undefined) return fromJwk({ kty: 'OKP', crv: 'Ed25519', x: encoded(one) });
  // SEC 1 section 2.3.3: an uncompressed point.
  const half = (two.length - 1) / 2;
  const [x, y] = [two.subarray(1, 1 + half), two.subarray(1 + half)].map(encoded);
  if (two[0] !== 4 || x === undefined || y === undefined) throw new Error('no point of a curve');
  return fromJwk({ kty: 'EC', crv: curve, x, y });
}

/** What a security key signs in place of the data: PROTOCOL.u2f, section on signature formats. */
function securityKeyMessage(key: Buffer, data: Buffer, flagsAndCounter: Buffer): Buffer {
  const application = wireStrings(key)?.at(-1) ?? NOTHING;
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(data)]);
}

/** Both numbers of an ECDSA signature (RFC 5656 section 3.1.2) in as many bytes as the curve's numbers have, or null. */
function fixedNumbers(value: Buffer, half: number): Buffer | null {
  const numbers = wireStrings(value);
  if (numbers?.length !== 2) return null;
  const fixed = numbers.map((number) => {
    const first = number.findIndex((byte) => byte !== 0);
    const bytes = first === -1 ? NOTHING : number.subarray(first);
    if (bytes.length > half) throw new Error('a number that is too large');
    return Buffer.concat([Buffer.alloc(half - bytes.length), bytes]);
  });
  return Buffer.concat(fixed);
}

function fromJwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key: { ...key }, format: 'jwk' });
}

function encoded(bytes: Buffer): string {
  return bytes.toString('base64url');
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function isOfSecurityKey(type: string): boolean {
  return type.startsWith('sk-');
}

interface JsonWebKey {
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

interface Scheme {
  /** Of the key. */
  readonly type: string;
  readonly digest: string | null;
  /** Bytes of each number of an ECDSA signature. */
  readonly half: number;
}

const NOTHING: Buffer = Buffer.alloc(0);
/** Flags and a counter. */
const SECURITY_KEY_BYTES = 5;
/** By the signature's name. What OpenSSH takes by default (CASignatureAlgorithms in ssh_config(5)): no SHA-1, no DSA. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ['ssh-ed25519', { type: 'ssh-ed25519', digest: null, half: 0 }],
  ['rsa-sha2-256', { type: 'ssh-rsa', digest: 'sha256', half: 0 }],
  ['rsa-sha2-512', { type: 'ssh-rsa', digest: 'sha512', half: 0 }],
  ['ecdsa-sha2-nistp256', { type: 'ecdsa-sha2-nistp256', digest: 'sha256', half: 32 }],
  ['ecdsa-sha2-nistp384', { type: 'ecdsa-sha2-nistp384', digest: 'sha384', half: 48 }],
  ['ecdsa-sha2-nistp521', { type: 'ecdsa-sha2-nistp521', digest: 'sha512', half: 66 }],
  ['sk-ssh-ed25519@openssh.com', { type: 'sk-ssh-ed25519@openssh.com', digest: null, half: 0 }],
  [
    'sk-ecdsa-sha2-nistp256@openssh.com',
    { type: 'sk-ecdsa-sha2-nistp256@openssh.com', digest: 'sha256', half: 32 },
  ],
]);
/** RFC 5656 section 10.1, by the names of RFC 7518 section 6.2.1.1. */
const CURVES: ReadonlyMap<string, string> = new Map([
  ['nistp256', 'P-256'],
  ['nistp384', 'P-384'],
  ['nistp521', 'P-521'],
]);
