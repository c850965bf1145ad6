import { systemClock, type Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { Access } from '../../model/access.ts';
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
import { agentFailure, type LoginKey } from './login-key.ts';

export type { LoginKey } from './login-key.ts';

/** The keys of a job, each read, unlocked and parsed once. */
export interface Credentials {
  /**
   * What to offer one target, in order, no key twice: the keys named for it, the agent's, and where none is named the
   * default ones. At most six: OpenSSH's server ends the login at its sixth failure (MaxAuthTries in sshd_config(5)).
   * Throws FailureError `agent` where the agent failed and there is nothing else to offer.
   */
  forTarget(target: Target): readonly LoginKey[];
  /** Keys that were passed over, and an agent that failed: for people who wonder. Safe text. */
  readonly passedOver: readonly string[];
}

export interface CredentialParts {
  readonly ssh2: Ssh2;
  readonly clock?: Clock;
}

/**
 * Reads every key that the targets may need, before any of them is touched, and asks for passphrases.
 * Throws ConfigError `key-file`: a named key that is missing, open to others, locked or of an unknown format, and a
 * default key that cannot be used where there is nothing else to offer.
 */
export async function loadCredentials(
  targets: readonly Target[],
  access: Access,
  { ssh2, clock = systemClock }: CredentialParts,
): Promise<Credentials> {
  const agent = await loadAgentKeys(ssh2, access.agent, clock);
  const ring: KeyRing = { ssh2, agent, ask: access.passphrase };
  const named = new Map<string, LoginKey>();
  for (const file of new Set(targets.flatMap((target) => namedFor(target, access)))) {
    named.set(file, await namedKey(ring, file));
  }
  const wanted = targets.some((target) => namedFor(target, access).length === 0);
  const defaults = await defaultKeys(ring, wanted ? access.defaultIdentities : []);
  return new LoadedCredentials(access, agent, named, defaults);
}

/** The files named for a target: those of the whole job first. */
function namedFor(target: Target, access: Access): readonly string[] {
  return [...access.identities, ...target.identities];
}

async function namedKey(ring: KeyRing, file: string): Promise<LoginKey> {
  const found = await readIdentity(ring, file);
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
  readonly problems: readonly Problem[];
}

/** Nobody is asked for the passphrase of a default key while there is anything else to offer. */
async function defaultKeys(ring: KeyRing, files: readonly string[]): Promise<DefaultKeys> {
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
  for (const file of locked) {
    const opened = hasOther ? problem(file.file, NOT_ASKED) : await openIdentity(ring, file);
    if (opened.kind === 'key') keys.push(opened.key);
    else problems.push(opened);
  }
  const [first] = problems;
  if (first !== undefined && keys.length + ring.agent.keys.length === 0) {
    throw keyFileError({ ...first, hint: ring.agent.problem ?? first.hint });
  }
  return { keys, problems };
}

class LoadedCredentials implements Credentials {
  readonly passedOver: readonly string[];
  readonly #access: Access;
  readonly #agent: AgentKeys;
  readonly #named: ReadonlyMap<string, LoginKey>;
  readonly #defaults: readonly LoginKey[];
  /** Most targets have the same files named: one list serves them all. */
  readonly #lists = new Map<string, readonly LoginKey[]>();

  constructor(
    access: Access,
    agent: AgentKeys,
    named: ReadonlyMap<string, LoginKey>,
    defaults: DefaultKeys,
  ) {
    this.#access = access;
    this.#agent = agent;
    this.#named = named;
    this.#defaults = defaults.keys;
    const files = defaults.problems.map(({ file, text }) => `key file ${file} ${text}`);
    this.passedOver = [...files, ...(agent.problem === null ? [] : [agent.problem])].map((text) =>
      safeLine(text),
    );
  }

  forTarget(target: Target): readonly LoginKey[] {
    const files = namedFor(target, this.#access);
    const name = files.join('\0');
    const before = this.#lists.get(name);
    if (before !== undefined) return before;
    const keys = this.#inOrder(files);
    if (keys.length === 0 && this.#agent.problem !== null) {
      throw agentFailure(new Error(this.#agent.problem));
    }
    this.#lists.set(name, keys);
    return keys;
  }

  #inOrder(files: readonly string[]): readonly LoginKey[] {
    const own = files.map((file) => this.#namedKey(file));
    const rest = files.length === 0 ? this.#defaults : [];
    const once = new Map<string, LoginKey>();
    for (const key of [...own, ...this.#agent.keys, ...rest]) {
      if (!once.has(key.fingerprint)) once.set(key.fingerprint, key);
    }
    return [...once.values()].slice(0, MAX_OFFERED);
  }

  #namedKey(file: string): LoginKey {
    const key = this.#named.get(file);
    if (key === undefined) throw new Error(`the key file ${file} was not loaded for this job`);
    return key;
  }
}

const NOT_ASKED = 'is encrypted, and its passphrase was not asked for: there are other keys';
/** One login of OpenSSH's server allows five failures and ends at the sixth: a seventh key would never be looked at. */
const MAX_OFFERED = 6;
