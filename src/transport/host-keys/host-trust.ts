import { throwIfAborted } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { errorCode } from '../../base/system-error.ts';
import type { Access } from '../../model/access.ts';
import { ConfigError } from '../../model/errors.ts';
import type {
  ApprovedKey,
  HostTrust,
  HostWithKeys,
  JudgedHost,
  JudgedKey,
  WrittenKey,
} from '../../model/host-trust.ts';
import type { Target } from '../../model/target.ts';
import { NoNameServer } from '../dns/ask.ts';
import { knownHostsFor, loadKnownHostsLists, type KnownHostsLists } from '../known-hosts-lists.ts';
import { HOST_KEY_TYPES } from './algorithms.ts';
import { changeKnownHosts, type KeyChange } from './change-known-hosts.ts';
import { readExpectedKeys, type ExpectedKeys } from './expected-keys.ts';
import { judgeKeys } from './judge-keys.ts';
import { hostIdentity, knownHostsName, type HostEntries } from './known-hosts.ts';
import { askForKeys, type SshfpSource } from './sshfp.ts';

export interface HostTrustOptions {
  /** All whose keys may come to be compared. */
  readonly targets: readonly Target[];
  /** Where the keys of targets are known and written down that do not say so themselves. */
  readonly access: Access;
  readonly clock: Clock;
  /** A file of the keys that hosts should have; null: there is none. */
  readonly expect: string | null;
  /** Where to ask for SSHFP records; null: nowhere. */
  readonly dns: Pick<SshfpSource, 'servers' | 'areTrusted'> | null;
}

/** Reads what has to be read before any host is touched. Throws ConfigError `known-hosts` where it cannot be. */
export async function openHostTrust(options: HostTrustOptions): Promise<HostTrust> {
  const { targets, access, expect } = options;
  const known = await loadKnownHostsLists(targets, access);
  return new FileTrust(options, known, expect === null ? null : await readExpectedKeys(expect));
}

class FileTrust implements HostTrust {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #dns: HostTrustOptions['dns'];
  readonly #known: KnownHostsLists;
  readonly #expected: ExpectedKeys | null;

  constructor(
    { access, clock, dns }: HostTrustOptions,
    known: KnownHostsLists,
    expected: ExpectedKeys | null,
  ) {
    this.#known = known;
    this.#access = access;
    this.#clock = clock;
    this.#dns = dns;
    this.#expected = expected;
  }

  async compare(
    hosts: readonly HostWithKeys[],
    signal: AbortSignal,
  ): Promise<readonly JudgedHost[]> {
    const judged = hosts.map((host) => this.#judge(host));
    return this.#dns === null ? judged : this.#withDns(judged, this.#dns, signal);
  }

  async write(approved: readonly ApprovedKey[]): Promise<readonly WrittenKey[]> {
    const written = new Map<ApprovedKey, WrittenKey>();
    for (const [file, keys] of byFile(approved)) {
      const results = await changed(file, keys.map(changeOf), this.#clock);
      for (const [index, one] of keys.entries()) {
        const result = results[index];
        if (result !== undefined) written.set(one, { ...one, ...result });
      }
    }
    // In the order in which they were approved, not in that of the files.
    return this.#withNotes(approved.flatMap((one) => written.get(one) ?? []));
  }

  #judge({ target, keys }: HostWithKeys): JudgedHost {
    const { host, port } = hostIdentity(target);
    const entries = this.#about(target, this.#known);
    const verdicts = judgeKeys(entries, host, keys, this.#clock.now());
    const names = [...new Set([target.name, target.address])];
    const expected = this.#expected?.about({ host, port, names }, keys) ?? null;
    return {
      target,
      name: knownHostsName(host, port),
      file: target.ssh?.knownHostsWrite ?? this.#access.knownHostsWrite,
      keys: keys.map((key, index) => ({
        ...key,
        known: verdicts[index]?.known ?? 'new',
        by: verdicts[index]?.by ?? null,
        expected: expected?.[index] ?? null,
        dns: null,
        isProven: false,
      })),
      dnsFailure: null,
    };
  }

  /** So many hosts at once as a resolver can well bear. */
  async #withDns(
    hosts: readonly JudgedHost[],
    dns: NonNullable<HostTrustOptions['dns']>,
    signal: AbortSignal,
  ): Promise<readonly JudgedHost[]> {
    const source = { ...dns, clock: this.#clock };
    const named: JudgedHost[] = [...hosts];
    const left = hosts.entries();
    let gone: NoNameServer | null = null;
    const work = async (): Promise<void> => {
      for (const [index, host] of left) {
        try {
          if (gone !== null) throw gone;
          named[index] = await withNamedKeys(host, source, signal);
        } catch (error) {
          throwIfAborted(signal);
          if (error instanceof NoNameServer) gone = error;
          // DNS is asked for more certainty: without its answer the rest can be compared as well.
          named[index] = { ...host, dnsFailure: reasonOf(error) };
        }
      }
    };
    await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, work));
    return named;
  }

  /** An old key that stands where it could not be taken away is trusted still. */
  async #withNotes(written: readonly WrittenKey[]): Promise<readonly WrittenKey[]> {
    if (!written.some(({ replace }) => replace)) return written;
    const targets = written.map(({ host }) => host.target);
    const known = await loadKnownHostsLists(targets, this.#access);
    return written.map((one) => {
      if (!one.replace || one.outcome === 'refused') return one;
      const types = replacedBy(one);
      const old = this.#about(one.host.target, known).keys.find(
        ({ type, blob }) => types.includes(type) && blob.toString('base64') !== one.key.key,
      );
      if (old === undefined) return one;
      return { ...one, note: `an old key of it is still in ${old.file}:${old.line ?? 0}` };
    });
  }

  #about(target: Target, lists: KnownHostsLists): HostEntries {
    const known = knownHostsFor(lists, target, this.#access);
    if (known === undefined) throw new Error(`the known_hosts of ${target.name} were not read`);
    const { host, port } = hostIdentity(target);
    return known.about(host, port);
  }
}

async function withNamedKeys(
  host: JudgedHost,
  source: SshfpSource,
  signal: AbortSignal,
): Promise<JudgedHost> {
  const named = await askForKeys(host.target, host.keys, source, signal);
  if (named === null) return host;
  const { verdicts, isProven } = named;
  const keys = host.keys.map((key, index): JudgedKey => {
    const dns = verdicts[index] ?? 'none';
    return { ...key, dns, isProven: isProven && dns !== 'none' };
  });
  return { ...host, keys };
}

function reasonOf(error: unknown): string {
  return safeLine(error instanceof Error ? error.message : 'no answer');
}

function changeOf(approved: ApprovedKey): KeyChange {
  const { host, key } = approved;
  return {
    ...hostIdentity(host.target),
    type: key.type,
    blob: Buffer.from(key.key, 'base64'),
    replaces: replacedBy(approved),
  };
}

/**
 * The types of key that give way to it: its own, and those of which the host has none any more, or whoever has an old one
 * could still pose as it.
 */
function replacedBy({ host, key, replace }: ApprovedKey): readonly string[] {
  if (!replace) return [];
  const gone = HOST_KEY_TYPES.map(({ type }) => type).filter(
    (type) => !host.keys.some((shown) => shown.type === type),
  );
  return [key.type, ...gone];
}

function byFile(approved: readonly ApprovedKey[]): ReadonlyMap<string, readonly ApprovedKey[]> {
  const files = new Map<string, ApprovedKey[]>();
  for (const one of approved) {
    const keys = files.get(one.host.file) ?? [];
    keys.push(one);
    files.set(one.host.file, keys);
  }
  return files;
}

async function changed(
  ...[file, changes, clock]: Parameters<typeof changeKnownHosts>
): ReturnType<typeof changeKnownHosts> {
  try {
    return await changeKnownHosts(file, changes, clock);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const why = errorCode(error) ?? 'unwritable';
    throw new ConfigError('known-hosts', `cannot write the known_hosts file ${file}: ${why}`, {
      cause: error,
    });
  }
}

const QUESTIONS_AT_ONCE = 16;
