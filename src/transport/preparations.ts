import type { Access } from '../model/access.ts';
import type { AskedQuestion } from '../model/ports/transport.ts';
import type { Target } from '../model/target.ts';
import { loadCredentials, type Credentials, type LoginKey } from './credentials/credentials.ts';
import type { LockedKey } from './credentials/locked-key.ts';
import { loadKnownHosts, type KnownHosts } from './host-keys/known-hosts.ts';
import { loadSsh2, type Ssh2 } from './ssh2.ts';

export interface Prepared {
  readonly ssh2: Ssh2;
  readonly knownHosts: KnownHosts;
  readonly credentials: Credentials;
  /** The key files that its targets name, and DEFAULTS where one names none. */
  readonly named: ReadonlySet<string>;
}

/**
 * What jobs' logins need, read once a job, before any host is touched. It is kept by the job's Access and goes with
 * it; a program that uses one Access for many jobs gets the newest that knows the target's keys.
 */
export class Preparations {
  readonly #made = new WeakMap<Access, readonly Prepared[]>();
  /** By their files. */
  readonly #locked = new WeakMap<Access, Map<string, LockedKey>>();

  /** Throws ConfigError: see Transport.prepare. */
  async prepare(targets: readonly Target[], access: Access): Promise<void> {
    const ssh2 = await loadSsh2();
    const locked = this.#locked.get(access) ?? new Map<string, LockedKey>();
    this.#locked.set(access, locked);
    const [knownHosts, credentials] = await Promise.all([
      loadKnownHosts(access.knownHosts),
      loadCredentials(targets, access, { ssh2, locked }),
    ]);
    const named = new Set(targets.flatMap(keysOf));
    const older = (this.#made.get(access) ?? []).filter((one) => !covers(named, one.named));
    this.#made.set(access, [{ ssh2, knownHosts, credentials, named }, ...older]);
  }

  /** Throws where the target was never prepared: a defect of the caller's. */
  of(target: Target, access: Access): Prepared & { readonly keys: readonly LoginKey[] } {
    const found = this.#find(target, access);
    if (found === undefined) throw new Error(`the login of ${target.name} was not prepared`);
    return { ...found, keys: found.credentials.forTarget(target) };
  }

  /** Asks for what the target's keys need to be used. */
  async unlock(
    target: Target,
    access: Access,
    ask: (question: AskedQuestion) => Promise<string>,
  ): Promise<void> {
    await this.#find(target, access)?.credentials.unlock(target, ask);
  }

  #find(target: Target, access: Access): Prepared | undefined {
    const made = this.#made.get(access) ?? [];
    return made.find(({ named }) => covers(named, keysOf(target)));
  }
}

function covers(named: ReadonlySet<string>, files: Iterable<string>): boolean {
  for (const file of files) if (!named.has(file)) return false;
  return true;
}

function keysOf({ identities }: Target): readonly string[] {
  return identities.length === 0 ? [DEFAULTS] : identities;
}

/** No file has this name: it stands for the keys that are tried where none is named. */
const DEFAULTS = '';
