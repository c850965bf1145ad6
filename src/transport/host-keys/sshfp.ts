import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { NamedInDns } from '../../model/host-trust.ts';
import type { OfferedHostKey } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import { askDns, type DnsServer } from '../dns/ask.ts';

/** Where to ask for SSHFP records. */
export interface SshfpSource {
  /** Recursive resolvers, in the order in which they are asked. */
  readonly servers: readonly DnsServer[];
  /** They check signatures, and nobody on the way to them could say so in their place (`trust-ad` in resolv.conf(5)). */
  readonly areTrusted: boolean;
  readonly clock: Clock;
}

/** What SSHFP records say of keys that a host has shown. */
export interface NamedKeys {
  readonly verdicts: readonly NamedInDns[];
  /** The records were signed, the resolver has checked that, and its word can be believed. */
  readonly isProven: boolean;
}

/** null: the host has no name in DNS, being an address. Rejects with an Error that says why there is no answer. */
export async function askForKeys(
  target: Target,
  keys: readonly OfferedHostKey[],
  source: SshfpSource,
  signal: AbortSignal,
): Promise<NamedKeys | null> {
  const name = isIP(target.address) === 0 ? target.address : target.name;
  if (isIP(name) !== 0) return null;
  const { servers, clock } = source;
  const { records, isAuthentic } = await askDns({ name, type: TYPE_SSHFP, servers, clock, signal });
  const prints = records.flatMap((record) => readRecord(record) ?? []);
  const areOurs = servers.every(({ address }) => isLoopback(address));
  return {
    verdicts: keys.map((key) => judge(key, prints)),
    isProven: isAuthentic && (areOurs || source.areTrusted),
  };
}

interface Print {
  readonly algorithm: number;
  readonly hash: Buffer;
}

/** Of the fingerprints only those by SHA-256 count (RFC 6594): one by SHA-1 proves nothing any more. */
function readRecord(data: Buffer): Print | null {
  const [algorithm, kind] = data;
  if (algorithm === undefined || kind !== SHA256 || data.length !== 2 + SHA256_BYTES) return null;
  return { algorithm, hash: data.subarray(2) };
}

function judge({ type, key }: OfferedHostKey, prints: readonly Print[]): NamedInDns {
  const ofType = prints.filter(({ algorithm }) => algorithm === algorithmOf(type));
  if (ofType.length === 0) return 'none';
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest();
  return ofType.some((print) => print.hash.equals(hash)) ? 'match' : 'mismatch';
}

/** RFC 4255 section 3.1.1, RFC 6594, RFC 7479. All curves of ECDSA have one number. */
function algorithmOf(type: string): number {
  if (type === 'ssh-rsa') return 1;
  if (type.startsWith('ecdsa-sha2-')) return 3;
  return type === 'ssh-ed25519' ? 4 : 0;
}

function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

const TYPE_SSHFP = 44;
const SHA256 = 2;
const SHA256_BYTES = 32;
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
