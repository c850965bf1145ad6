import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import {
  certifiedName,
  isCertificateName,
  parseCertificate,
  plainName,
  type Certificate,
} from '../host-keys/certificate.ts';
import { fingerprint, keyType } from '../host-keys/key-blob.ts';
import type { AgentClient, AgentIdentity } from './agent-client.ts';
import type { PrivateKey } from './private-key.ts';

/** A key or certificate that may be offered to hosts. One object serves every host. */
export interface LoginKey {
  /** The file, or what the agent calls the key; safe text. */
  readonly description: string;
  /** Like `ssh-ed25519`. */
  readonly type: string;
  /** `SHA256:...` of what is offered. */
  readonly fingerprint: string;
  /** Who signs. An agent's signature takes a while, and may fail: with a FailureError of code `agent`. */
  readonly signer: 'file' | 'agent';
  /** What is offered: the public key, or the certificate, in wire form. */
  readonly blob: Buffer;
  /** null: a key alone. */
  readonly certificate: Certificate | null;
  /** The whole signature (RFC 4253 section 6.6), with the algorithm of a plain key. */
  sign(data: Buffer, algorithm: string): Buffer | Promise<Buffer>;
}

/** Null for a type of key that servers no longer take. */
export function fileLoginKey(file: string, key: PrivateKey): LoginKey | null {
  const described = describe(key.blob, shownFile(file));
  return described && { ...described, signer: 'file', sign: key.sign };
}

/** Null for a key that is of no use: one of an unknown type. */
export function agentLoginKey(client: AgentClient, identity: AgentIdentity): LoginKey | null {
  const what = `agent ${parseCertificate(identity.blob) === null ? 'key' : 'certificate'}`;
  const described = describe(
    identity.blob,
    `${what} ${safeLine(identity.comment, LONGEST_COMMENT)}`,
  );
  return (
    described && {
      ...described,
      signer: 'agent',
      sign: (data, algorithm) =>
        client.sign(identity.blob, data, algorithm).catch((error: unknown) => {
          throw agentFailure(error);
        }),
    }
  );
}

/** The key, shown with a certificate of it. */
export function certifiedKey(key: LoginKey, certificate: Certificate, file: string): LoginKey {
  return {
    ...key,
    description: `certificate ${shownFile(file)}`,
    type: certificate.type,
    fingerprint: fingerprint(certificate.blob),
    blob: certificate.blob,
    certificate,
  };
}

/**
 * The algorithm to offer a key with. RFC 8332 section 3: an RSA key signs with SHA-512, or with SHA-256 where the server takes
 * only that; never with SHA-1. null: the server takes neither. `takes` null: it did not say.
 */
export function offeredAlgorithm(type: string, takes: readonly string[] | null): string | null {
  const plain = plainName(type);
  if (plain !== 'ssh-rsa') return type;
  const chosen = RSA_ALGORITHMS.find((name) => takes === null || takes.includes(name)) ?? null;
  return chosen !== null && isCertificateName(type) ? certifiedName(chosen) : chosen;
}

/** A file as messages name it: of a long path the end, which tells more. */
export function shownFile(file: string): string {
  const shown = safeLine(file, Infinity);
  return shown.length <= LONGEST_FILE ? shown : `…${shown.slice(1 - LONGEST_FILE)}`;
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

type Described = Omit<LoginKey, 'signer' | 'sign'>;

function describe(blob: Buffer, description: string): Described | null {
  const certificate = parseCertificate(blob);
  const type = certificate?.type ?? keyType(blob);
  if (type === null || !OFFERED.has(plainName(type)) || certificate?.kind === 'host') return null;
  return { description, type, fingerprint: fingerprint(blob), blob, certificate };
}

/** All but DSA, which servers no longer take. */
const OFFERED: ReadonlySet<string> = new Set([
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);
const RSA_ALGORITHMS: readonly string[] = ['rsa-sha2-512', 'rsa-sha2-256'];
/** Messages list what was tried, in 200 characters. */
const LONGEST_COMMENT = 60;
const LONGEST_FILE = 48;
