import type { HostKeyPolicy } from '../../model/access.ts';
import { FailureError, type Failure } from '../../model/failure.ts';
import { systemClock, type Clock } from '../../base/clock.ts';
import { hostKeyAlgorithms } from './algorithms.ts';
import { parseCertificate, type Certificate } from './certificate.ts';
import { judgeCertificate } from './host-certificate.ts';
import { keyType } from './key-blob.ts';
import type { KnownHosts } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';
import { appendKnownHost, isRecordable } from './known-hosts-writer.ts';
import { judge } from './verdict.ts';
import {
  certificateFailure,
  describeKey,
  shortName,
  showKey,
  verdictFailure,
  verifyFailure,
} from './verdict-failure.ts';

export interface HostKeyQuestion {
  readonly knownHosts: KnownHosts;
  /** As it was asked for, before any resolving: what the operator trusts is the name. */
  readonly host: string;
  readonly port: number;
  readonly policy: HostKeyPolicy;
  /** Where `accept-new` appends. */
  readonly writeFile: string;
  /** Names that are appended are hashed. Default: they are not. */
  readonly isHashing?: boolean;
  /** Says whether a certificate is valid now. Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** The check of one connection's host key, over all its key exchanges. */
export interface HostKeyCheck {
  /** Host key algorithms to offer, in order. */
  readonly algorithms: readonly string[];
  /**
   * Decides on an offered key, at once: null, and only null, accepts. Called before the host has proven that it has
   * the key, and again in every later key exchange of the connection, where only the same key is accepted.
   */
  verify(key: Buffer): Failure | null;
  /**
   * To be called when the first key exchange has succeeded, so that the host has proven its key, and awaited before
   * anything of ours is offered to it. Writes a new host down. Rejects with a FailureError: the file cannot be written,
   * or another connection has learnt another key for the same host meanwhile. For a host that was known it does nothing.
   * True: the key was learned now.
   */
  accepted(): Promise<boolean>;
  /** Type and fingerprint of the accepted key; empty while there is none. */
  readonly detail: string;
  /** The same as OpenSSH shows it: `ED25519 SHA256:...`. */
  readonly shown: string;
  /** Why the last offered key was refused. */
  readonly failure: Failure | null;
}

export function hostKeyCheck(question: HostKeyQuestion): HostKeyCheck {
  return new PolicyCheck(question);
}

/**
 * The only form of a check that ssh2 may see. Of a verifier's answers ssh2 takes every one but `false` for a yes: a
 * promise, null, 0. Here only an answer of exactly null is a yes, and whatever else comes or is thrown is a no.
 */
export function strictVerifier(check: Pick<HostKeyCheck, 'verify'>): (key: Buffer) => boolean {
  return (key) => {
    try {
      return check.verify(key) === null;
    } catch {
      // Lost: what was thrown. The connection is refused, and that is what a check that breaks is for.
      return false;
    }
  };
}

class PolicyCheck implements HostKeyCheck {
  readonly algorithms: readonly string[];
  readonly #question: HostKeyQuestion;
  #accepted: Buffer | null = null;
  #isNew = false;
  #failure: Failure | null = null;

  constructor(question: HostKeyQuestion) {
    this.#question = question;
    this.algorithms = hostKeyAlgorithms(question.knownHosts.about(question.host, question.port));
  }

  get detail(): string {
    return this.#accepted === null ? '' : describeKey(this.#accepted);
  }

  get shown(): string {
    return this.#accepted === null ? '' : showKey(this.#accepted);
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  verify(key: Buffer): Failure | null {
    try {
      this.#failure = this.#accepted === null ? this.#first(key) : this.#again(this.#accepted, key);
    } catch {
      // Lost: a defect of ours. The refusal must not depend on what it was.
      this.#failure = verifyFailure(
        'host-key-unknown',
        `host key of ${shortName(this.#question)} could not be checked`,
      );
    }
    return this.#failure;
  }

  async accepted(): Promise<boolean> {
    const { knownHosts, host, port, writeFile, isHashing = false } = this.#question;
    const blob = this.#accepted;
    if (!this.#isNew || blob === null) return false;
    this.#isNew = false;
    // Nothing is awaited up to `learn`: of two connections that bring two keys, one must see the other's.
    const verdict = judge(knownHosts.about(host, port), blob);
    if (verdict.kind === 'known') return false;
    if (verdict.kind !== 'unknown') {
      throw new FailureError(verdictFailure(verdict, blob, this.#question));
    }
    const key: KnownKey = { file: writeFile, line: null, type: keyType(blob) ?? '', blob };
    knownHosts.learn(host, port, key);
    try {
      await appendKnownHost(writeFile, host, port, key, isHashing);
      return true;
    } catch (error) {
      // A key that is trusted but forgotten would be trusted anew next time, whatever it is then.
      throw new FailureError(notRecorded(this.#question, error), { cause: error });
    }
  }

  #first(key: Buffer): Failure | null {
    const certificate = parseCertificate(key);
    return certificate === null ? this.#plain(key) : this.#certified(certificate);
  }

  /** Where the certificate is of no use, the key in it may be known by itself; but it is never learned. */
  #certified(certificate: Certificate): Failure | null {
    const { knownHosts, host, port, policy, clock = systemClock } = this.#question;
    const entries = knownHosts.about(host, port);
    const verdict = judgeCertificate(entries, certificate, host, clock.now());
    if (verdict.kind === 'revoked') return verdictFailure(verdict, certificate.key, this.#question);
    if (verdict.kind === 'refused' && policy !== 'off') {
      const plain = judge(entries, certificate.key);
      if (plain.kind === 'unknown')
        return certificateFailure(verdict.reason, certificate, this.#question);
      if (plain.kind !== 'known') return verdictFailure(plain, certificate.key, this.#question);
    }
    this.#accepted = Buffer.from(certificate.blob);
    return null;
  }

  #plain(key: Buffer): Failure | null {
    const { knownHosts, host, port, policy } = this.#question;
    const verdict = judge(knownHosts.about(host, port), key);
    const trusted = verdict.kind === 'known' || this.#mayTrust(verdict.kind, policy, host);
    if (verdict.kind !== 'known' && !trusted) return verdictFailure(verdict, key, this.#question);
    this.#accepted = Buffer.from(key);
    this.#isNew = verdict.kind === 'unknown' && policy === 'accept-new';
    return null;
  }

  #mayTrust(
    kind: 'unknown' | 'changed' | 'revoked' | 'malformed',
    policy: HostKeyPolicy,
    host: string,
  ): boolean {
    switch (policy) {
      case 'strict':
        return false;
      case 'accept-new':
        return kind === 'unknown' && isRecordable(host);
      case 'off':
        return kind === 'unknown' || kind === 'changed';
    }
  }

  #again(accepted: Buffer, key: Buffer): Failure | null {
    if (accepted.equals(key)) return null;
    return verifyFailure(
      'host-key-changed',
      `${shortName(this.#question)} changed its host key within the connection: ` +
        `from ${describeKey(accepted)} to ${describeKey(key)}`,
    );
  }
}

function notRecorded({ host, port, writeFile }: HostKeyQuestion, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : 'it cannot be written';
  return verifyFailure(
    'host-key-unknown',
    `host key of ${shortName({ host, port })} could not be recorded in ${writeFile}: ${reason}`,
  );
}
