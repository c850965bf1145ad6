import type { Access } from '../model/access.ts';
import type { AskedQuestion } from '../model/ports/transport.ts';
import { PLAIN_SSH, type SshSettings } from '../model/ssh-settings.ts';
import type { Target } from '../model/target.ts';
import {
  credentialSources,
  loadCredentials,
  type Credentials,
  type LoginKey,
} from './credentials/credentials.ts';
import type { LockedKey } from './credentials/locked-key.ts';
import type { KnownHosts } from './host-keys/known-hosts.ts';
import { knownHostsFor, loadKnownHostsLists, type KnownHostsLists } from './known-hosts-lists.ts';
import { loadSsh2, type Ssh2 } from './ssh2.ts';

interface Made {
  readonly ssh2: Ssh2;
  readonly knownHosts: KnownHostsLists;
  readonly credentials: Credentials;
  /** Whatever its targets name: see namedBy. */
  readonly named: ReadonlySet<string>;
}

/** For the login at one target. */
export interface Prepared {
  readonly ssh2: Ssh2;
  readonly knownHosts: KnownHosts;
  readonly credentials: Credentials;
  readonly keys: readonly LoginKey[];
}

/**
 * What jobs' logins need, read once a job, before any host is touched. It is kept by the job's Access and goes with
 * it; a program that uses one Access for many jobs gets the newest that knows the target's keys.
 */
export class Preparations {
  readonly #made = new WeakMap<Access, readonly Made[]>();
  /** By their files. */
  readonly #locked = new WeakMap<Access, Map<string, LockedKey>>();

  /** Throws ConfigError: see Transport.prepare. */
  async prepare(all: readonly Target[], access: Access): Promise<void> {
    const targets = oneOfEach(all);
    const ssh2 = await loadSsh2();
    const locked = this.#locked.get(access) ?? new Map<string, LockedKey>();
    this.#locked.set(access, locked);
    const [knownHosts, credentials] = await Promise.all([
      loadKnownHostsLists(targets, access),
      loadCredentials(targets, access, { ssh2, locked }),
    ]);
    const named = new Set(targets.flatMap(namedBy));
    const older = (this.#made.get(access) ?? []).filter((one) => !covers(named, one.named));
    this.#made.set(access, [{ ssh2, knownHosts, credentials, named }, ...older]);
  }

  /** Throws where the target was never prepared: a defect of the caller's. */
  of(target: Target, access: Access): Prepared {
    const found = this.#find(target, access);
    const knownHosts = found && knownHostsFor(found.knownHosts, target, access);
    if (found === undefined || knownHosts === undefined) {
      throw new Error(`the login of ${target.name} was not prepared`);
    }
    const { ssh2, credentials } = found;
    return { ssh2, credentials, knownHosts, keys: credentials.forTarget(target) };
  }

  /** Asks for what the target's keys need to be used. */
  async unlock(
    target: Target,
    access: Access,
    ask: (question: AskedQuestion) => Promise<string>,
  ): Promise<void> {
    await this.#find(target, access)?.credentials.unlock(target, ask);
  }

  #find(target: Target, access: Access): Made | undefined {
    const made = this.#made.get(access) ?? [];
    return made.find(({ named }) => covers(named, namedBy(target)));
  }
}

/** Of the targets that share their keys and settings, as most of a fleet do, one: what is read for it serves the others. */
function oneOfEach(targets: readonly Target[]): readonly Target[] {
  const seen = new Map<readonly string[], Set<SshSettings>>();
  return targets.filter(({ identities, ssh = PLAIN_SSH }) => {
    const files = identities.length === 0 ? NO_FILES : identities;
    const settings = seen.get(files) ?? new Set();
    if (settings.has(ssh)) return false;
    seen.set(files, settings.add(ssh));
    return true;
  });
}

function covers(named: ReadonlySet<string>, files: Iterable<string>): boolean {
  for (const file of files) if (!named.has(file)) return false;
  return true;
}

/** All that is read for a target's sake. */
function namedBy(target: Target): readonly string[] {
  const sources = credentialSources(target);
  const files = target.ssh?.knownHosts ?? null;
  return files === null ? sources : [...sources, `known hosts ${JSON.stringify(files)}`];
}

const NO_FILES: readonly string[] = [];
