import { keyType, readWireString, wireString, wireStrings } from './key-blob.ts';

/** An OpenSSH certificate (PROTOCOL.certkeys): a key, whom or what it stands for, and who says so. Nothing in it is checked yet. */
export interface Certificate {
  /** Like `ssh-ed25519-cert-v01@openssh.com`. */
  readonly type: string;
  readonly blob: Buffer;
  /** The key that is certified, in wire form, as it is without a certificate. */
  readonly key: Buffer;
  /** Anything but these two makes no certificate. */
  readonly kind: 'user' | 'host';
  /** The authority's name for it. Not made safe. */
  readonly id: string;
  readonly serial: bigint;
  /** User or host names; empty: any. */
  readonly principals: readonly string[];
  /** Seconds since the epoch: valid from the first, and before the second. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Names of the critical options: who does not know one must refuse the certificate. */
  readonly critical: readonly string[];
  /** The authority's public key. */
  readonly authority: Buffer;
  /** What it has signed, and its signature. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Null where the bytes are not one whole certificate of a type that we can check. */
export function parseCertificate(blob: Buffer): Certificate | null {
  const type = readWireString(blob, 0);
  const nonce = type && readWireString(blob, type.end);
  const typeName = type?.value.toString('latin1') ?? '';
  const plain = PLAIN_TYPES.get(typeName);
  if (!nonce || plain === undefined) return null;
  let at = nonce.end;
  const fields: Buffer[] = [];
  for (let count = 0; count < plain.fields; count += 1) {
    const field = readWireString(blob, at);
    if (field === null) return null;
    fields.push(field.value);
    at = field.end;
  }
  const key = Buffer.concat([wireString(plain.type), ...fields.map(wireString)]);
  return keyType(key) === plain.type ? parseRest(blob, at, typeName, key) : null;
}

/** What follows the key, which is alike for all types. */
function parseRest(blob: Buffer, at: number, type: string, key: Buffer): Certificate | null {
  if (at + 12 > blob.length) return null;
  const serial = blob.readBigUInt64BE(at);
  const kind = KINDS.get(blob.readUInt32BE(at + 8));
  const id = readWireString(blob, at + 12);
  const names = id && readWireString(blob, id.end);
  const principals = names && wireStrings(names.value);
  if (kind === undefined || !id || !names || !principals) return null;
  if (names.end + 16 > blob.length) return null;
  const validAfter = blob.readBigUInt64BE(names.end);
  const validBefore = blob.readBigUInt64BE(names.end + 8);
  const options = readWireString(blob, names.end + 16);
  const extensions = options && readWireString(blob, options.end);
  const reserved = extensions && readWireString(blob, extensions.end);
  const authority = reserved && readWireString(blob, reserved.end);
  const signature = authority && readWireString(blob, authority.end);
  const critical = options && optionNames(options.value);
  if (!authority || !signature || !critical || signature.end !== blob.length) return null;
  return {
    type,
    blob,
    key,
    kind,
    id: id.value.toString('utf8'),
    serial,
    principals: principals.map((name) => name.toString('utf8')),
    validAfter,
    validBefore,
    critical,
    authority: authority.value,
    signed: blob.subarray(0, authority.end),
    signature: signature.value,
  };
}

/** Whether the name is one of a certificate's type, or of the signatures that RSA certificates are offered with. */
export function isCertificateName(name: string): boolean {
  return name.includes(CERTIFIED);
}

/** The name of a certificate's type or algorithm from that of its key's, as in `ssh-ed25519`. */
export function certifiedName(name: string): string {
  const [family = name, vendor] = name.split('@', 2);
  return vendor === undefined ? `${family}${CERTIFIED}` : `${family}-cert-v01@${vendor}`;
}

/** The opposite; the same for a name that is of no certificate. */
export function plainName(name: string): string {
  if (!isCertificateName(name)) return name;
  const family = name.replace(CERTIFIED, '');
  return family.startsWith('sk-') ? `${family}@openssh.com` : family;
}

/** Options are pairs of a name and a value (PROTOCOL.certkeys, section on critical options). */
function optionNames(bytes: Buffer): readonly string[] | null {
  const pairs = wireStrings(bytes);
  if (pairs === null || pairs.length % 2 !== 0) return null;
  return pairs.filter((_, index) => index % 2 === 0).map((name) => name.toString('latin1'));
}

const CERTIFIED = '-cert-v01@openssh.com';
const KINDS: ReadonlyMap<number, 'user' | 'host'> = new Map([
  [1, 'user'],
  [2, 'host'],
]);
/** The types of certificates: the key's type, and how many strings of its own it has. */
const PLAIN_TYPES: ReadonlyMap<string, { readonly type: string; readonly fields: number }> =
  new Map(
    [
      { type: 'ssh-ed25519', fields: 1 },
      { type: 'ecdsa-sha2-nistp256', fields: 2 },
      { type: 'ecdsa-sha2-nistp384', fields: 2 },
      { type: 'ecdsa-sha2-nistp521', fields: 2 },
      { type: 'ssh-rsa', fields: 2 },
      { type: 'sk-ssh-ed25519@openssh.com', fields: 2 },
      { type: 'sk-ecdsa-sha2-nistp256@openssh.com', fields: 3 },
    ].map((plain) => [certifiedName(plain.type), plain]),
  );
