import { Secret } from '../../base/secret.ts';
import type { Access } from '../../model/access.ts';
import type { Ssh2 } from '../ssh2.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { parsePrivateKey, type PrivateKey } from './private-key.ts';

/** A key, or why there is none: `problem` completes a sentence that begins with the file's name. */
export type Unlocked =
  | { readonly kind: 'key'; readonly key: PrivateKey }
  | { readonly kind: 'locked'; readonly problem: string; readonly hint: string | null };

/**
 * Makes a key file ready to sign, asking for its passphrase where it has one: three times at most, as ssh does
 * (NumberOfPasswordPrompts). An empty answer means: leave this key.
 */
export async function unlock(
  ssh2: Ssh2,
  file: PrivateKeyFile,
  ask: Access['passphrase'],
): Promise<Unlocked> {
  if (!file.encrypted) {
    const key = parsePrivateKey(ssh2, file, null);
    return key === null
      ? locked('is damaged, or a key of a kind that is not supported')
      : { kind: 'key', key };
  }
  if (ask === null) {
    return locked(
      'is encrypted, and nobody can be asked for its passphrase',
      'ssh-add adds it to an agent',
    );
  }
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const passphrase = new Secret(await ask(file.file));
    try {
      if (passphrase.isEmpty) return locked('is encrypted, and no passphrase was given');
      const key = parsePrivateKey(ssh2, file, passphrase);
      if (key !== null) return { kind: 'key', key };
    } finally {
      passphrase.erase();
    }
  }
  return locked('is encrypted, and the passphrase was wrong three times');
}

function locked(problem: string, hint: string | null = null): Unlocked {
  return { kind: 'locked', problem, hint };
}

const MAX_ATTEMPTS = 3;
