import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeKey, publicKey, type KeyType } from '../../fleet/keys.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

/** A public key, as known_hosts writes it and as the wire carries it. */
export interface PublicKey {
  /** `ssh-ed25519 AAAA...` */
  readonly text: string;
  readonly blob: Buffer;
}

/** The public half of a new key pair, made by ssh-keygen. */
export function newHostKey(type: KeyType): PublicKey {
  const folder = temporaryFolder('keys');
  makeKey(join(folder, 'key'), type);
  const text = publicKey(join(folder, 'key'));
  rmSync(folder, { recursive: true });
  return { text, blob: Buffer.from(text.split(' ')[1] ?? '', 'base64') };
}
