import { systemClock, type Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { Access } from '../../model/access.ts';
import type { AskedQuestion } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Ssh2 } from '../ssh2.ts';
import { loadAgentKeys, type AgentKeys } from './agent-keys.ts';
import {
  keyFileError,
  openIdentity,
  problem,
  readIdentity,
  type KeyRing,
  type Problem,
} from './identity.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { LockedKey } from './locked-key.ts';
import { agentFailure, type LoginKey } from './login-key.ts';

export type { LoginKey } from './login-key.ts';

/** The keys of a job, each read, unlocked and parsed once. */
export interface Credentials {
  /**
   * What to offer one target, in order, no key twice: the keys named for it, the agent's, and where none is named the
   * default ones. At most six: OpenSSH's server ends the login at its sixth failure (MaxAuthTries in sshd_config(5)).
   * Where there is nothing to offer, throws FailureError `auth-denied` because of a key that is locked, or `agent`
   * because the agent failed.
   */
  forTarget(target: Target): readonly LoginKey[];
  /** Asks for the passphrases that the target's keys need. Throws FailureError `auth-denied`: one was wrong three times. */
  unlock(target: Target, ask: (question: AskedQuestion) => Promise<string>): Promise<void>;
  /** Its keys that were passed over, and an agent that failed: for people who wonder. Safe text. */
  passedOver(target: Target): readonly string[];
}

export interface CredentialParts {
  readonly ssh2: Ssh2;
  readonly clock?: Clock;
  /** The job's locked keys so far, by file: one that is open stays so. */
  readonly locked?: Map<string, LockedKey>;
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
  const agent = await loadAgentKeys(ssh2, access.agent, clock);
  const ring: KeyRing = { ssh2, agent, ask: access.prompt === 'before' ? access.passphrase : null };
  const keep = access.prompt === 'before' ? null : keeper(ssh2, locked);
  const named = new Map<string, LoginKey | LockedKey>();
  for (const file of new Set(targets.flatMap((target) => namedFor(target, access)))) {
    named.set(file, await namedKey(ring, keep, file));
  }
  const wanted = targets.some((target) => namedFor(target, access).length === 0);
  const defaults = await defaultKeys(ring, keep, wanted ? access.defaultIdentities : []);
  return new LoadedCredentials(access, agent, named, defaults);
}

/** The files named for a target: those of the whole job first. */
function namedFor(target: Target, access: Access): readonly string[] {
  return [...access.identities, ...target.identities];
}

/** Keeps a key locked, for somebody to be asked later, or nobody; null: it is opened now, or is of no use. */
type Keep = ((file: PrivateKeyFile) => LockedKey) | null;

function keeper(ssh2: Ssh2, locked: Map<string, LockedKey>): (file: PrivateKeyFile) => LockedKey {
  return (file) => {
    const before = locked.get(file.file);
    if (before?.file.text === file.text) return before;
    const key = new LockedKey(ssh2, file);
    locked.set(file.file, key);
    return key;
  };
}

async function namedKey(ring: KeyRing, keep: Keep, file: string): Promise<LoginKey | LockedKey> {
  const found = await readIdentity(ring, file);
  if (found.kind === 'locked' && keep !== null) return keep(found.file);
  const opened = found.kind === 'locked' ? await openIdentity(ring, found.file) : found;
  switch (opened.kind) {
    case 'key':
      return opened.key;
    case 'missing':
      throw keyFileError(problem(file, 'does not exist'));
    case 'problem':
      throw keyFileError(opened);
  }
}

interface DefaultKeys {
  readonly keys: readonly LoginKey[];
  /** Where there is nothing else to offer. */
  readonly locked: readonly LockedKey[];
  readonly problems: readonly Problem[];
}

/** Nobody is asked for the passphrase of a default key while there is anything else to offer. */
async function defaultKeys(
  ring: KeyRing,
  keep: Keep,
  files: readonly string[],
): Promise<DefaultKeys> {
  const keys: LoginKey[] = [];
  const locked: PrivateKeyFile[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const found = await readIdentity(ring, file);
    if (found.kind === 'key') keys.push(found.key);
    if (found.kind === 'locked') locked.push(found.file);
    if (found.kind === 'problem') problems.push(found);
  }
  const hasOther = keys.length + ring.agent.keys.length > 0;
  if (!hasOther && keep !== null && locked.length > 0) {
    return { keys, locked: locked.map(keep), problems };
  }
  for (const file of locked) {
    const opened = hasOther ? problem(file.file, NOT_ASKED) : await openIdentity(ring, file);
    if (opened.kind === 'key') keys.push(opened.key);
    else problems.push(opened);
  }
  const [first] = problems;
  if (first !== undefined && keys.length + ring.agent.keys.length === 0) {
    throw keyFileError({ ...first, hint: ring.agent.problem ?? first.hint });
  }
  return { keys, locked: [], problems };
}

class LoadedCredentials implements Credentials {
  readonly #access: Access;
  readonly #agent: AgentKeys;
  readonly #named: ReadonlyMap<string, LoginKey | LockedKey>;
  readonly #defaults: DefaultKeys;
  readonly #passedOver: readonly string[];
  /** Most targets have the same files named: one list serves them all. */
  readonly #lists = new Map<string, readonly LoginKey[]>();

  constructor(
    access: Access,
    agent: AgentKeys,
    named: ReadonlyMap<string, LoginKey | LockedKey>,
    defaults: DefaultKeys,
  ) {
    this.#access = access;
    this.#agent = agent;
    this.#named = named;
    this.#defaults = defaults;
    const files = defaults.problems.map(({ file, text }) => `key file ${file} ${text}`);
    this.#passedOver = [...files, ...(agent.problem === null ? [] : [agent.problem])].map((text) =>
      safeLine(text),
    );
  }

  forTarget(target: Target): readonly LoginKey[] {
    const files = namedFor(target, this.#access);
    const name = files.join('\0');
    const before = this.#lists.get(name);
    if (before !== undefined) return before;
    const locked = this.#lockedFor(files);
    const keys = this.#inOrder(files, locked);
    const closed = locked.find(({ key }) => key === null);
    if (keys.length === 0 && closed !== undefined) throw closed.failure;
    if (keys.length === 0 && this.#agent.problem !== null) {
      throw agentFailure(new Error(this.#agent.problem));
    }
    // One that is locked may be opened yet.
    if (closed === undefined) this.#lists.set(name, keys);
    return keys;
  }

  async unlock(target: Target, ask: (question: AskedQuestion) => Promise<string>): Promise<void> {
    for (const key of this.#lockedFor(namedFor(target, this.#access))) await key.unlock(ask);
  }

  passedOver(target: Target): readonly string[] {
    const locked = this.#lockedFor(namedFor(target, this.#access));
    const closed = locked.filter(({ key }) => key === null);
    return [...closed.map(({ failure }) => failure.message), ...this.#passedOver];
  }

  /** Those that are or were locked, and that a person would be asked for. */
  #lockedFor(files: readonly string[]): readonly LockedKey[] {
    if (files.length === 0) return this.#defaults.locked;
    return files.map((file) => this.#namedKey(file)).filter((key) => key instanceof LockedKey);
  }

  #inOrder(files: readonly string[], locked: readonly LockedKey[]): readonly LoginKey[] {
    const own = files.map((file) => this.#namedKey(file));
    const rest = files.length === 0 ? [...this.#defaults.keys, ...locked] : [];
    const once = new Map<string, LoginKey>();
    for (const one of [...own, ...this.#agent.keys, ...rest]) {
      const key = one instanceof LockedKey ? one.key : one;
      if (key !== null && !once.has(key.fingerprint)) once.set(key.fingerprint, key);
    }
    return [...once.values()].slice(0, MAX_OFFERED);
  }

  #namedKey(file: string): LoginKey | LockedKey {
    const key = this.#named.get(file);
    if (key === undefined) throw new Error(`the key file ${file} was not loaded for this job`);
    return key;
  }
}

const NOT_ASKED = 'is encrypted, and its passphrase was not asked for: there are other keys';
/** One login of OpenSSH's server allows five failures and ends at the sixth: a seventh key would never be looked at. */
const MAX_OFFERED = 6;
