import { safeLine } from '../../base/safe-text.ts';
import type { HostKeyPolicy } from '../../model/access.ts';
import type { Failure, FailureCode } from '../../model/failure.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { fingerprint, keyType } from './key-blob.ts';
import { knownHostsName } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';
import type { Verdict } from './verdict.ts';

/** A host as messages name it, and the policy that decided. */
export interface Asked {
  readonly host: string;
  readonly port: number;
  readonly policy: HostKeyPolicy;
}

/** Why a key was not accepted. What to compare and where to look comes before what a cut may take. */
export function verdictFailure(
  verdict: Exclude<Verdict, { kind: 'known' }>,
  offered: Buffer,
  asked: Asked,
): Failure {
  const host = shortName(asked);
  switch (verdict.kind) {
    case 'unknown':
      return verifyFailure(
        'host-key-unknown',
        `host key of ${host} is not known: ${describeKey(offered)}; ${howToAccept(asked.policy)}`,
      );
    case 'changed':
      return verifyFailure(
        'host-key-changed',
        withPlace(
          `host key of ${host} changed: ${describeKey(offered)}, ` +
            `not the ${verdict.otherType ? `${verdict.by.type} key` : 'one'} in `,
          verdict.by,
        ),
      );
    case 'revoked': {
      // The line that is named has the authority's key then.
      const how = verdict.by.blob.equals(offered) ? 'revoked' : 'revoked with its authority';
      return verifyFailure(
        'host-key-revoked',
        withPlace(`host key of ${host} is ${how}: ${describeKey(offered)} in `, verdict.by),
      );
    }
    case 'malformed':
      return verifyFailure('host-key-unknown', `${host} offered a host key that cannot be read`);
  }
}

/** Why a certificate that a host has shown did not help, and the key in it is not known either. */
export function certificateFailure(reason: string, { key }: Certificate, asked: Asked): Failure {
  return verifyFailure(
    'host-key-unknown',
    `host key of ${shortName(asked)} is not known: ${describeKey(key)}, and its certificate ${reason}`,
  );
}

export function verifyFailure(code: FailureCode, message: string): Failure {
  return { phase: 'verify', code, message: safeLine(message), mayHaveRun: false, via: null };
}

/** Type and fingerprint: what a person compares. */
export function describeKey(blob: Buffer): string {
  const certificate = parseCertificate(blob);
  if (certificate === null) return `${keyType(blob) ?? 'a key'} ${fingerprint(blob)}`;
  const { key, authority } = certificate;
  return `${describeKey(key)}, certified by ${fingerprint(authority)}`;
}

/** As OpenSSH shows it to people (sshkey_type in sshkey.c). */
export function showKey(blob: Buffer): string {
  const type = keyType(blob) ?? 'key';
  const family = /^(?:ssh|ecdsa)-(?:sha2-)?(ed25519|rsa|nistp)/u.exec(type)?.[1];
  const shown = family === 'nistp' ? 'ECDSA' : (family ?? type).toUpperCase();
  return `${shown} ${fingerprint(blob)}`;
}

/** The host as known_hosts names it, short enough to leave room for the rest of a message. */
export function shortName({
  host,
  port,
}: {
  readonly host: string;
  readonly port: number;
}): string {
  const name = knownHostsName(host, port);
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

function howToAccept(policy: HostKeyPolicy): string {
  // Under accept-new a key only stays unknown when its host's name cannot be written down.
  return policy === 'strict'
    ? 'compare it, then muster trust, or --host-keys accept-new'
    : 'its name cannot be written to known_hosts';
}

/** File and line at the end; of a path too long for the message, its end. */
function withPlace(text: string, { file, line }: KnownKey): string {
  const suffix = line === null ? ' (added in this run)' : `:${line}`;
  const room = LONGEST_MESSAGE - text.length - suffix.length;
  return `${text}${file.length <= room ? file : `…${file.slice(1 - room)}`}${suffix}`;
}

/** Leaves room for a fingerprint, the longest type names and the end of a path. */
const LONGEST_NAME = 40;
const LONGEST_MESSAGE = 200;
