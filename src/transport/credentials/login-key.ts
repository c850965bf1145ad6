import { callbackify } from 'node:util';
import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import { fingerprint, keyType } from '../host-keys/key-blob.ts';
import type { AnyAuthMethod, ParsedKey, Ssh2 } from '../ssh2.ts';
import type { AgentClient, AgentIdentity } from './agent-client.ts';
import type { PrivateKey } from './private-key.ts';

/** A key that may be offered to hosts. One object serves every host. */
export interface LoginKey {
  /** The file, or what the agent calls the key; safe text. */
  readonly description: string;
  /** Like `ssh-ed25519`. */
  readonly type: string;
  /** `SHA256:...` */
  readonly fingerprint: string;
  /** Who signs. An agent's signature takes a while and may fail: ssh2 then emits a FailureError of code `agent`. */
  readonly signer: 'file' | 'agent';
  /** What ssh2's `authHandler` returns to offer this key. */
  method(username: string): AnyAuthMethod;
}

/** Null for a key that ssh2 cannot offer. */
export function fileLoginKey(ssh2: Ssh2, file: string, key: PrivateKey): LoginKey | null {
  const publicKey = parsePublic(ssh2, key.blob);
  if (publicKey === null) return null;
  // ssh2 would keep the private key as text and parse it for every signature, which costs ten times the signature.
  // So it gets the public key, of its own making, and that signs with ours.
  const signing: ParsedKey = Object.assign(publicKey, {
    isPrivateKey: () => true,
    sign: (data: Buffer | string, hash?: string) => key.sign(Buffer.from(data), hash),
  });
  return {
    ...describe(key.blob, safeLine(file, LONGEST_DESCRIPTION)),
    signer: 'file',
    method: (username) => ({ type: 'publickey', username, key: signing }),
  };
}

/** Null for a key that ssh2 cannot offer: certificates and security keys so far. */
export function agentLoginKey(
  ssh2: Ssh2,
  client: AgentClient,
  identity: AgentIdentity,
): LoginKey | null {
  const publicKey = parsePublic(ssh2, identity.blob);
  if (publicKey === null) return null;
  const shown = describe(
    identity.blob,
    `agent key ${safeLine(identity.comment, LONGEST_DESCRIPTION)}`,
  );
  const offered = [publicKey];
  const signature = (data: Buffer, hash: string | undefined): Promise<Buffer> =>
    client
      .sign(identity.blob, data, signatureAlgorithm(shown.type, hash))
      .catch((error: unknown) => {
        throw agentFailure(error);
      });
  /** Gives ssh2 the one key and its signatures; ssh2's own agent would ask the agent for its list in every login. */
  class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(done: (error: null, keys: ParsedKey[]) => void): void {
      done(null, offered);
    }

    override sign(
      _key: ParsedKey,
      data: Buffer,
      options: SignOptions | SignDone,
      last?: SignDone,
    ): void {
      const [{ hash }, done] = typeof options === 'function' ? [{}, options] : [options, last];
      if (done !== undefined) callbackify(signature)(data, hash, done);
    }
  }
  const agent = new OneKeyAgent();
  return { ...shown, signer: 'agent', method: (username) => ({ type: 'agent', username, agent }) };
}

/** A failure of the agent as the child's failure. */
export function agentFailure(error: unknown): FailureError {
  const message = error instanceof Error ? error.message : 'the agent failed';
  return new FailureError(
    {
      phase: 'authenticate',
      code: 'agent',
      message: safeLine(message),
      mayHaveRun: false,
      via: null,
    },
    { cause: error },
  );
}

/** RFC 8332 section 3: an RSA key signs with SHA-512 unless the server asked for SHA-256; never with SHA-1. */
export function signatureAlgorithm(type: string, hash: string | undefined): string {
  if (type !== 'ssh-rsa') return type;
  return hash === 'sha256' ? 'rsa-sha2-256' : 'rsa-sha2-512';
}

function describe(
  blob: Buffer,
  description: string,
): Pick<LoginKey, 'description' | 'type' | 'fingerprint'> {
  return { description, type: keyType(blob) ?? '', fingerprint: fingerprint(blob) };
}

function parsePublic(ssh2: Ssh2, blob: Buffer): ParsedKey | null {
  if (!OFFERED.has(keyType(blob) ?? '')) return null;
  const parsed = ssh2.utils.parseKey(blob);
  return parsed instanceof Error ? null : parsed;
}

type SignDone = (error: Error | null, signature: Buffer) => void;
interface SignOptions {
  readonly hash?: string;
}

/** What ssh2 can log in with, except for DSA, which servers no longer take. */
const OFFERED: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
]);
/** Messages list what was tried, in 200 characters. */
const LONGEST_DESCRIPTION = 60;
