import { ConfigError } from '../../model/errors.ts';
import type { Access } from '../../model/access.ts';
import type { Ssh2 } from '../ssh2.ts';
import type { AgentKeys } from './agent-keys.ts';
import { readKeyFile, type PrivateKeyFile } from './key-file.ts';
import { fileLoginKey, type LoginKey } from './login-key.ts';
import { unlock } from './unlock.ts';

/** What a job's identities are made with. */
export interface KeyRing {
  readonly ssh2: Ssh2;
  readonly agent: AgentKeys;
  readonly ask: Access['passphrase'];
}

/** One identity file, as far as it can be used. */
export type Identity =
  | { readonly kind: 'key'; readonly key: LoginKey }
  | { readonly kind: 'missing' }
  | { readonly kind: 'locked'; readonly file: PrivateKeyFile }
  | Problem;

/** `text` completes a sentence that begins with the file's name. */
export interface Problem {
  readonly kind: 'problem';
  readonly file: string;
  readonly text: string;
  readonly hint: string | null;
}

/** Reads a file without asking anybody. A key whose private half the agent holds is signed with there. */
export async function readIdentity(ring: KeyRing, file: string): Promise<Identity> {
  const found = await readKeyFile(file);
  switch (found.kind) {
    case 'missing':
      return found;
    case 'unusable':
      return problem(file, found.problem, found.hint);
    case 'public': {
      const key = ring.agent.find(found.blob);
      if (key !== null) return { kind: 'key', key };
      if (found.isSecurityKey) {
        return problem(
          file,
          'belongs to a security key, and no agent holds that',
          'ssh-add FILE adds it to an agent, which asks for the touch',
        );
      }
      return problem(
        file,
        'is a public key, and no agent holds its private half',
        'name the private key: the file without .pub',
      );
    }
    case 'private': {
      if (!found.encrypted) return await openIdentity(ring, found);
      const key = found.blob === null ? null : ring.agent.find(found.blob);
      return key === null ? { kind: 'locked', file: found } : { kind: 'key', key };
    }
  }
}

/** Parses the key, asking for its passphrase where it has one. */
export async function openIdentity(
  ring: KeyRing,
  file: PrivateKeyFile,
): Promise<Extract<Identity, { kind: 'key' | 'problem' }>> {
  const unlocked = await unlock(ring.ssh2, file, ring.ask);
  if (unlocked.kind === 'locked') return problem(file.file, unlocked.problem, unlocked.hint);
  const key = fileLoginKey(file.file, unlocked.key);
  if (key === null) return problem(file.file, 'is a key of a type that is not supported');
  return { kind: 'key', key };
}

export function problem(file: string, text: string, hint: string | null = null): Problem {
  return { kind: 'problem', file, text, hint };
}

export function keyFileError({ file, text, hint }: Problem): ConfigError {
  return new ConfigError('key-file', `key file ${file} ${text}`, hint === null ? {} : { hint });
}
