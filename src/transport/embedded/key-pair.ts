import type { Ssh2 } from '../ssh2.ts';

export interface KeyPair {
  /** In OpenSSH's format, without a passphrase. */
  readonly private: string;
  readonly public: string;
}

/** ssh2 1.17 writes about one Ed25519 key in three hundred so that it cannot be read back: then another is made. */
export function readableKeyPair({ utils }: Ssh2): KeyPair {
  for (;;) {
    const pair = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}
