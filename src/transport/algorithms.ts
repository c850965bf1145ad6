import { PLAIN_SSH, type SshSettings } from '../model/ssh-settings.ts';
import { plainName } from './host-keys/certificate.ts';
import type { Algorithms, ServerHostKeyAlgorithm } from './ssh2.ts';

/** What is said about algorithms for one host. */
export type Wishes = Pick<
  SshSettings,
  'ciphers' | 'kex' | 'macs' | 'hostKeyAlgorithms' | 'knownKeyTypesFirst' | 'compression'
>;

/** What was wished for and cannot be had. */
export interface Missing {
  /** The option of ssh_config(5). */
  readonly option: 'KexAlgorithms' | 'Ciphers' | 'MACs' | 'HostKeyAlgorithms';
  readonly names: readonly string[];
  /** Nothing is left of the list. */
  readonly isAll: boolean;
}

/**
 * What we offer, in our order, whatever ssh2's defaults become. AES-GCM first: cheapest and authenticated. No CBC, no
 * SHA-1, no compression. No `diffie-hellman-group-exchange-*`: one such host blocks the event loop for seconds, and
 * with it every other host. Who names one of these for a host gets it; SHA-1 signatures of hosts nobody gets.
 */
export function algorithms(
  hostKeys: readonly string[],
  wishes: Wishes = PLAIN_SSH,
): { readonly offer: Algorithms; readonly missing: readonly Missing[] } {
  const missing: Missing[] = [];
  const choose = <Name extends string>(
    option: Missing['option'],
    wished: readonly string[] | null,
    ours: readonly Name[],
    known: readonly Name[],
  ): Name[] => {
    if (wished === null) return [...ours];
    const had = wished.flatMap((name) => known.find((one) => one === name) ?? []);
    const names = wished.filter((name) => !known.some((one) => one === name));
    if (names.length > 0 || had.length === 0) {
      missing.push({ option, names, isAll: had.length === 0 });
    }
    return had;
  };
  const { kex, ciphers, macs, hostKeyAlgorithms, knownKeyTypesFirst, compression } = wishes;
  const offered = hostKeys.filter(isOffered);
  // Certificates are offered to hosts that an authority vouches for; elsewhere to wish for them changes nothing.
  const hostKeyWishes =
    hostKeyAlgorithms?.filter((name) => offered.some((one) => one === name) || !isOffered(name)) ??
    null;
  const others = {
    kex: choose('KexAlgorithms', kex, KEX, [...KEX, ...OTHER_KEX]),
    cipher: choose('Ciphers', ciphers, CIPHERS, [...CIPHERS, ...OTHER_CIPHERS]),
    hmac: choose('MACs', macs, MACS, [...MACS, ...OTHER_MACS]),
    compress: compression ? COMPRESSED : COMPRESSION,
  };
  const wished = choose('HostKeyAlgorithms', hostKeyWishes, offered, offered);
  // As ssh does it (`use_known_hosts_order` in its sshconnect2.c).
  const serverHostKey = knownKeyTypesFirst
    ? offered.filter((name) => wished.includes(name))
    : wished;
  return { offer: { ...others, serverHostKey }, missing };
}

/** What of the host's settings is wished for in vain, for people to read; safe only once made so. */
export function describeMissing({ option, names }: Missing): string {
  return `${option}: ${names.join(', ') || 'an empty list'}`;
}

/** A SHA-1 signature proves nothing, whoever asks for it. Certificates are ours: ssh2's own types do not know them. */
function isOffered(name: string): name is ServerHostKeyAlgorithm {
  return HOST_KEYS.has(plainName(name));
}

type List<Name extends keyof Algorithms> = Extract<Exclude<Algorithms[Name], undefined>, unknown[]>;

const KEX: List<'kex'> = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];
const CIPHERS: List<'cipher'> = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
];
const MACS: List<'hmac'> = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
/** For those who ask for them. */
const OTHER_KEX: List<'kex'> = [
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group17-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group-exchange-sha1',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group1-sha1',
];
const OTHER_CIPHERS: List<'cipher'> = [
  'aes192-ctr',
  'aes256-cbc',
  'aes192-cbc',
  'aes128-cbc',
  '3des-cbc',
];
const OTHER_MACS: List<'hmac'> = [
  'hmac-sha1-etm@openssh.com',
  'hmac-sha1',
  'hmac-sha1-96',
  'hmac-sha2-256-96',
  'hmac-sha2-512-96',
  'hmac-md5',
  'hmac-md5-96',
];
const COMPRESSION: List<'compress'> = ['none'];
/** As ssh asks for it: only after the login, and not where the host does not want to. */
const COMPRESSED: List<'compress'> = ['zlib@openssh.com', 'none'];
const HOST_KEYS: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]);
