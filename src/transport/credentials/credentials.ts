import { systemClock, type Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { Access } from '../../model/access.ts';
import type { AskedQuestion } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Ssh2 } from '../ssh2.ts';
import { loadAgentKeys } from './agent-keys.ts';
import {
  besideKey,
  isForOthers,
  loadCertificates,
  type CertificateFile,
} from './certificate-files.ts';
import { untimely } from '../host-keys/validity.ts';
import type { Problem } from './identity.ts';
import { loadJobKeys, namedFor, usesDefaults, type JobKeys, type NamedKey } from './job-keys.ts';
import { LockedKey } from './locked-key.ts';
import { agentFailure, certifiedKey, shownFile, type LoginKey } from './login-key.ts';

export type { LoginKey } from './login-key.ts';

/** The keys of a job, each read, unlocked and parsed once. */
export interface Credentials {
  /**
   * What to offer one target, in order, nothing twice: the keys named for it, the agent's, and where none is named the
   * default ones; before each the certificates of it that are valid now. At most six, one less where a password is to be tried too: OpenSSH's server ends the login at its
   * sixth failure (MaxAuthTries in sshd_config(5)). Where there is nothing to offer, and no password either, throws
   * FailureError `auth-denied` because of a key that is locked, or `agent` because the agent failed.
   */
  forTarget(target: Target): readonly LoginKey[];
  /** Asks for the passphrases that the target's keys need. Throws FailureError `auth-denied`: one was wrong three times. */
  unlock(target: Target, ask: (question: AskedQuestion) => Promise<string>): Promise<void>;
  /**
   * Its keys and certificates that were passed over, or may be why it is not let in, and an agent that failed: for people
   * who wonder. Safe text.
   */
  passedOver(target: Target): readonly string[];
}

export interface CredentialParts {
  readonly ssh2: Ssh2;
  readonly clock?: Clock;
  /** The job's locked keys so far, by file: one that is open stays so. */
  readonly locked?: Map<string, LockedKey>;
}

/** What a target's credentials are read from, name by name: what is read for one target serves another that names it. */
export function credentialSources(target: Target): readonly string[] {
  const { identities, ssh } = target;
  const socket = ssh?.agent === undefined || ssh.agent === null ? 'job' : (ssh.agent.socket ?? '');
  const isStrict = ssh?.onlyIdentityFiles !== true;
  const said = identities.map((file) => `${isStrict ? 'key' : 'said key'} ${file}`);
  const files = identities.length === 0 && isStrict ? [DEFAULTS] : said;
  return [
    ...files.map((file) => `${file} with agent ${socket}`),
    ...(ssh?.certificates ?? []).map((file) => `certificate ${file}`),
  ];
}

/**
 * Reads every key that the targets may need, before any of them is touched, and asks for passphrases where that is to
 * be done before; else locked keys stay locked. Throws ConfigError `key-file`: a named key that is missing, open to
 * others, locked (see Access.prompt) or of an unknown format, and a default key that cannot be used where there is
 * nothing else to offer.
 */
export async function loadCredentials(
  targets: readonly Target[],
  access: Access,
  { ssh2, clock = systemClock, locked = new Map() }: CredentialParts,
): Promise<Credentials> {
  const byAgent = new Map<string | null, Target[]>();
  for (const target of targets) {
    const socket = agentFor(target, access);
    const others = byAgent.get(socket);
    if (others === undefined) byAgent.set(socket, [target]);
    else others.push(target);
  }
  const ask = access.prompt === 'before' ? access.passphrase : null;
  const keys = new Map<string | null, JobKeys>();
  for (const [socket, users] of byAgent) {
    const agent = await loadAgentKeys(socket, clock);
    keys.set(socket, await loadJobKeys(users, access, { ssh2, agent, ask }, locked));
  }
  const files = new Set(targets.flatMap((target) => certificateFiles(target, access)));
  return new LoadedCredentials(access, clock, keys, await loadCertificates(files));
}

/** The socket of the agent that a target's logins use, and that is lent to it; null: none. */
export function agentFor({ ssh }: Target, access: Access): string | null {
  return ssh?.agent ? ssh.agent.socket : access.agent;
}

/** Those that are named first, then those beside its keys. */
function certificateFiles(target: Target, access: Access): readonly string[] {
  const keys = usesDefaults(target, access) ? access.defaultIdentities : namedFor(target, access);
  return [...(target.ssh?.certificates ?? []), ...keys.map(besideKey)];
}

class LoadedCredentials implements Credentials {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #keys: ReadonlyMap<string | null, JobKeys>;
  readonly #certificates: ReadonlyMap<string, CertificateFile>;
  /** Most targets have the same files named: one list serves them all. */
  readonly #lists = new Map<string, readonly LoginKey[]>();
  /** One attempt is left for the password. */
  readonly #most: number;

  constructor(
    access: Access,
    clock: Clock,
    keys: ReadonlyMap<string | null, JobKeys>,
    certificates: ReadonlyMap<string, CertificateFile>,
  ) {
    this.#access = access;
    this.#most = access.password === null ? MAX_OFFERED : MAX_OFFERED - 1;
    this.#clock = clock;
    this.#keys = keys;
    this.#certificates = certificates;
  }

  forTarget(target: Target): readonly LoginKey[] {
    const only = target.ssh?.identitiesOnly === true ? 'only' : '';
    const name = [only, ...credentialSources(target)].join('\0');
    const before = this.#lists.get(name);
    if (before !== undefined) return before;
    const { agent } = this.#of(target);
    const all = this.#inOrder(target);
    const keys = all.filter((key) => this.#isTimely(key)).slice(0, this.#most);
    const closed = this.#lockedFor(target).find(({ key }) => key === null);
    if (keys.length === 0 && this.#access.password === null) {
      if (closed !== undefined) throw closed.failure;
      if (agent.problem !== null) throw agentFailure(new Error(agent.problem));
    }
    // One that is locked may be opened yet, and a certificate expires.
    const isFinal = closed === undefined && all.every(({ certificate }) => certificate === null);
    if (isFinal) this.#lists.set(name, keys);
    return keys;
  }

  async unlock(target: Target, ask: (question: AskedQuestion) => Promise<string>): Promise<void> {
    for (const key of this.#lockedFor(target)) await key.unlock(ask);
  }

  passedOver(target: Target): readonly string[] {
    const { agent, defaults } = this.#of(target);
    const closed = this.#lockedFor(target).filter(({ key }) => key === null);
    return [
      ...this.#leftOut(target),
      ...this.#doubtful(target),
      ...closed.map(({ failure }) => failure.message),
      ...this.#useless(target),
      ...defaults.problems.map(problemText),
      ...(agent.problem === null ? [] : [agent.problem]),
    ].map((text) => safeLine(text));
  }

  /** Keys that a server would not look at any more. */
  #leftOut(target: Target): readonly string[] {
    const count = this.#inOrder(target).filter((key) => this.#isTimely(key)).length - this.#most;
    if (count <= 0) return [];
    const keys = count === 1 ? '1 more key was' : `${count} more keys were`;
    return [`${keys} not tried, as servers end a login at ${MAX_OFFERED}: name one (--identity)`];
  }

  /** Files that IdentityFile names and that are of no use. */
  #useless(target: Target): readonly string[] {
    const files = namedFor(target, this.#access);
    if (files.length === 0 && !usesDefaults(target, this.#access)) {
      return ['IdentityFile names no file that is there'];
    }
    return files
      .map((file) => this.#namedKey(target, file))
      .flatMap((key) => ('kind' in key ? [problemText(key)] : []));
  }

  /** Certificates that cannot be used now, or perhaps not for this user. */
  #doubtful(target: Target): readonly string[] {
    const problems = this.#filesOf(target)
      .filter(({ problem }) => problem !== null)
      .map(({ file, problem }) => `certificate ${shownFile(file)} ${problem}`);
    const certified = this.#inOrder(target).flatMap(({ certificate, description }) => {
      if (certificate === null) return [];
      const doubt =
        untimely(certificate, this.#clock.now()) ?? isForOthers(certificate, target.user);
      return doubt === null ? [] : [`${description} ${doubt}`];
    });
    return [...certified, ...problems];
  }

  #isTimely({ certificate }: LoginKey): boolean {
    return certificate === null || untimely(certificate, this.#clock.now()) === null;
  }

  /** Those that are or were locked, and that a person would be asked for. */
  #lockedFor(target: Target): readonly LockedKey[] {
    if (usesDefaults(target, this.#access)) return this.#of(target).defaults.locked;
    return namedFor(target, this.#access)
      .map((file) => this.#namedKey(target, file))
      .filter((key) => key instanceof LockedKey);
  }

  #inOrder(target: Target): readonly LoginKey[] {
    const { agent, defaults } = this.#of(target);
    const files = namedFor(target, this.#access);
    const own = opened(files.map((file) => this.#namedKey(target, file)));
    const rest = usesDefaults(target, this.#access)
      ? opened([...defaults.keys, ...defaults.locked])
      : [];
    const certificates = this.#filesOf(target).flatMap((one) =>
      one.certificate === null ? [] : [{ file: one.file, certificate: one.certificate }],
    );
    const isNamed = (key: LoginKey): boolean => {
      const blobs = [...own, ...rest].map(({ blob }) => blob);
      const wanted = [...blobs, ...certificates.map(({ certificate }) => certificate.key)];
      return wanted.some((blob) => blob.equals(key.certificate?.key ?? key.blob));
    };
    const only = target.ssh?.identitiesOnly === true;
    const agents = only ? agent.keys.filter(isNamed) : agent.keys;
    const once = new Map<string, LoginKey>();
    for (const key of [...own, ...agents, ...rest]) {
      for (const { file, certificate } of certificates) {
        if (!certificate.key.equals(key.blob)) continue;
        const certified = certifiedKey(key, certificate, file);
        if (!once.has(certified.fingerprint)) once.set(certified.fingerprint, certified);
      }
      if (!once.has(key.fingerprint)) once.set(key.fingerprint, key);
    }
    return [...once.values()];
  }

  #filesOf(target: Target): readonly CertificateFile[] {
    return certificateFiles(target, this.#access).flatMap(
      (file) => this.#certificates.get(file) ?? [],
    );
  }

  #of(target: Target): JobKeys {
    const keys = this.#keys.get(agentFor(target, this.#access));
    if (keys === undefined) throw new Error(`the keys of ${target.name} were not loaded`);
    return keys;
  }

  #namedKey(target: Target, file: string): NamedKey {
    const key = this.#of(target).named.get(file);
    if (key === undefined) throw new Error(`the key file ${file} was not loaded for this job`);
    return key;
  }
}

function opened(keys: readonly NamedKey[]): readonly LoginKey[] {
  return keys
    .map((key) => ('kind' in key ? null : key instanceof LockedKey ? key.key : key))
    .filter((key) => key !== null);
}

function problemText({ file, text }: Problem): string {
  return `key file ${shownFile(file)} ${text}`;
}

/** No file has this name: it stands for the keys that are tried where none is named. */
const DEFAULTS = 'default keys';
/** One login of OpenSSH's server allows five failures and ends at the sixth: a seventh key would never be looked at. */
const MAX_OFFERED = 6;
