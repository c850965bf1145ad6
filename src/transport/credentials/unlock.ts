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
    return locked(NOBODY_ASKED, 'ssh-add adds it to an agent');
  }
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const tried = tryPassphrase(ssh2, file, await ask(file.file));
    if (tried.kind === 'none') return locked(NO_PASSPHRASE);
    if (tried.kind === 'key') return tried;
  }
  return locked(WRONG_PASSPHRASE);
}

/** What an answer was good for. */
export type Tried =
  | { readonly kind: 'key'; readonly key: PrivateKey }
  | { readonly kind: 'wrong' }
  /** It was empty. */
  | { readonly kind: 'none' };

/** Nothing that was made of the answer is left when it is over, but the key. */
export function tryPassphrase(ssh2: Ssh2, file: PrivateKeyFile, answer: string): Tried {
  const passphrase = new Secret(answer);
  try {
    if (passphrase.isEmpty) return { kind: 'none' };
    const key = parsePrivateKey(ssh2, file, passphrase);
    return key === null ? { kind: 'wrong' } : { kind: 'key', key };
  } finally {
    passphrase.erase();
  }
}

function locked(problem: string, hint: string | null = null): Unlocked {
  return { kind: 'locked', problem, hint };
}

/** How often a person may try. */
export const MAX_ATTEMPTS = 3;
/** These complete a sentence that begins with the file's name. */
export const NOBODY_ASKED = 'is encrypted, and nobody can be asked for its passphrase';
export const NO_PASSPHRASE = 'is encrypted, and no passphrase was given';
export const WRONG_PASSPHRASE = 'is encrypted, and the passphrase was wrong three times';
