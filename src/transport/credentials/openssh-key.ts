import { readWireString } from '../host-keys/key-blob.ts';

/** What OpenSSH's own private key format (PROTOCOL.key) says in the clear, also where the key is encrypted. */
export interface OpenSshHeader {
  readonly encrypted: boolean;
  readonly type: string;
  /** The public key in wire form. */
  readonly blob: Buffer;
}

/** Null where the text is not one whole key in that format. */
export function readOpenSshHeader(text: string): OpenSshHeader | null {
  const body = ARMOUR.exec(text)?.[1];
  if (body === undefined) return null;
  const bytes = Buffer.from(body, 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const cipher = readWireString(bytes, MAGIC.length);
  const derivation = cipher && readWireString(bytes, cipher.end);
  const parameters = derivation && readWireString(bytes, derivation.end);
  if (!parameters || parameters.end + 4 > bytes.length) return null;
  if (bytes.readUInt32BE(parameters.end) !== 1) return null;
  const blob = readWireString(bytes, parameters.end + 4);
  const type = blob && readWireString(blob.value, 0);
  if (!blob || !type || !readWireString(bytes, blob.end)) return null;
  return {
    encrypted: cipher.value.toString('latin1') !== 'none',
    type: type.value.toString('latin1'),
    blob: blob.value,
  };
}

const ARMOUR =
  /^-----BEGIN OPENSSH PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/u;
const MAGIC: Buffer = Buffer.from('openssh-key-v1\0', 'latin1');
