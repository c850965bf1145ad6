import { createHash } from 'node:crypto';

/**
 * The type that a public key in SSH's wire form names (RFC 4253 section 6.6), or null where the bytes are not
 * one whole key of a type we can check: nothing is ever decided on half-read bytes.
 */
export function keyType(blob: Buffer): string | null {
  const fields = wireStrings(blob);
  const type = fields?.[0]?.toString('latin1');
  if (fields === null || type === undefined) return null;
  return isWhole(type, fields.slice(1)) ? type : null;
}

/** As `ssh-keygen -l` prints it: `SHA256:` and the digest of the wire form, base64 without padding. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/u, '')}`;
}

/** The strings (RFC 4251 section 5) that fill the bytes exactly, or null. */
export function wireStrings(bytes: Buffer): Buffer[] | null {
  const strings: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const next = readWireString(bytes, at);
    if (next === null) return null;
    strings.push(next.value);
    at = next.end;
  }
  return strings;
}

/** The string that begins at `at`, and where it ends; null where the bytes end before it does. */
export function readWireString(
  bytes: Buffer,
  at: number,
): { readonly value: Buffer; readonly end: number } | null {
  if (at + 4 > bytes.length) return null;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? null : { value: bytes.subarray(at + 4, end), end };
}

/** One string in wire form: its length in four bytes, then its bytes. */
export function wireString(text: Buffer | string): Buffer {
  const body = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** The body of an mpint (RFC 4251 section 5) from an unsigned number: a leading zero keeps one with its highest bit set positive. */
export function wireInteger(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const value = first === -1 ? bytes.subarray(0, 0) : bytes.subarray(first);
  return (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value;
}

function isWhole(type: string, fields: readonly Buffer[]): boolean {
  switch (type) {
    case 'ssh-ed25519':
      return fields.length === 1 && fields[0]?.length === 32;
    case 'ssh-rsa':
      return fields.length === 2 && bits(fields[1]) >= MIN_RSA_BITS;
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return fields.length === 2 && `ecdsa-sha2-${fields[0]?.toString('latin1')}` === type;
    case 'ssh-dss':
      return fields.length === 4;
    case 'sk-ssh-ed25519@openssh.com':
      return fields.length === 2 && fields[0]?.length === 32;
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return fields.length === 3;
    default:
      return false;
  }
}

function bits(integer: Buffer | undefined): number {
  if (integer === undefined) return 0;
  return BigInt(`0x0${integer.toString('hex')}`).toString(2).length;
}

/** Shorter moduli are refused, as OpenSSH does (SSH_RSA_MINIMUM_MODULUS_SIZE in sshkey.h). */
const MIN_RSA_BITS = 1024;
