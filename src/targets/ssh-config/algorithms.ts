import { isPattern, matchesList, matchesPattern } from './patterns.ts';

/** Names that a list begins from, and names that its patterns can mean. */
export interface AlgorithmNames {
  readonly defaults: readonly string[];
  readonly all: readonly string[];
}

/**
 * The names that `Ciphers` and its like ask for: `+` adds to the defaults, `^` puts before them, `-` takes away from them
 * (`kex_assemble_names` in OpenSSH's kex.c). Names that are not known stay: whoever uses the list knows what it can do.
 */
export function assemble(text: string, { defaults, all }: AlgorithmNames): readonly string[] {
  const [sign = ''] = text;
  const list = /[-+^]/u.test(sign) ? text.slice(1) : text;
  if (sign === '-') return defaults.filter((name) => !matchesList(name, list));
  const said = list
    .split(',')
    .flatMap((name) => (isPattern(name) ? all.filter((one) => matchesPattern(one, name)) : [name]));
  if (sign === '+') return unique([...defaults, ...said]);
  return unique(sign === '^' ? [...said, ...defaults] : said);
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

const KEX: readonly string[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
];
const CIPHERS: readonly string[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
];
const MACS: readonly string[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
const HOST_KEYS: readonly string[] = [
  'ssh-ed25519-cert-v01@openssh.com',
  'ecdsa-sha2-nistp256-cert-v01@openssh.com',
  'ecdsa-sha2-nistp384-cert-v01@openssh.com',
  'ecdsa-sha2-nistp521-cert-v01@openssh.com',
  'rsa-sha2-512-cert-v01@openssh.com',
  'rsa-sha2-256-cert-v01@openssh.com',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** What we offer where nothing is said, by keyword, and what patterns can mean beside that. */
export const OUR_ALGORITHMS: Readonly<Record<AlgorithmKeyword, AlgorithmNames>> = {
  kexalgorithms: { defaults: KEX, all: KEX },
  ciphers: { defaults: CIPHERS, all: CIPHERS },
  macs: { defaults: MACS, all: MACS },
  hostkeyalgorithms: { defaults: HOST_KEYS, all: [...HOST_KEYS, 'ssh-rsa'] },
};

export type AlgorithmKeyword = 'kexalgorithms' | 'ciphers' | 'macs' | 'hostkeyalgorithms';
