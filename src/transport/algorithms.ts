import type { Algorithms, ServerHostKeyAlgorithm } from './ssh2.ts';

/**
 * What we offer, in our order, whatever ssh2's defaults become. AES-GCM first: cheapest and authenticated. No CBC, no
 * SHA-1, no compression. No `diffie-hellman-group-exchange-*`: one such host blocks the event loop for seconds, and
 * with it every other host.
 */
export function algorithms(hostKeys: readonly string[]): Algorithms {
  return {
    kex: KEX,
    cipher: CIPHERS,
    hmac: MACS,
    compress: COMPRESSION,
    serverHostKey: hostKeys.filter(isOffered),
  };
}

/** ssh2 throws on a name it does not know; and a SHA-1 signature proves nothing, whoever asks for it. */
function isOffered(name: string): name is ServerHostKeyAlgorithm {
  return HOST_KEYS.has(name);
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
const COMPRESSION: List<'compress'> = ['none'];
const HOST_KEYS: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]);
