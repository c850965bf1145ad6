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
import { knownHostsFor, loadKnownHostsLists } from '../known-hosts-lists.ts';
import { changeKnownHosts, type KeyChange } from './change-known-hosts.ts';
import { readExpectedKeys, type ExpectedKeys } from './expected-keys.ts';
import { judgeKeys } from './judge-keys.ts';
import { knownHostsName, type KnownHosts } from './known-hosts.ts';
import { askForKeys, type SshfpSource } from './sshfp.ts';

export interface HostTrustOptions {
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
  const { expect } = options;
  return new FileTrust(options, expect === null ? null : await readExpectedKeys(expect));
}

class FileTrust implements HostTrust {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #dns: HostTrustOptions['dns'];
  readonly #expected: ExpectedKeys | null;

  constructor({ access, clock, dns }: HostTrustOptions, expected: ExpectedKeys | null) {
    this.#access = access;
    this.#clock = clock;
    this.#dns = dns;
    this.#expected = expected;
  }

  async compare(
    hosts: readonly HostWithKeys[],
    signal: AbortSignal,
  ): Promise<readonly JudgedHost[]> {
    const known = await this.#known(hosts.map(({ target }) => target));
    const judged = hosts.map((host) => this.#judge(host, known(host.target)));
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

  #judge({ target, keys }: HostWithKeys, known: KnownHosts): JudgedHost {
    const { host, port } = hostIdentity(target);
    const verdicts = judgeKeys(known.about(host, port), host, keys, this.#clock.now());
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
    const work = async (): Promise<void> => {
      for (const [index, host] of left) named[index] = await withNamedKeys(host, source, signal);
    };
    await Promise.all(Array.from({ length: QUESTIONS_AT_ONCE }, work));
    return named;
  }

  /** An old key that stands where it could not be taken away is trusted still. */
  async #withNotes(written: readonly WrittenKey[]): Promise<readonly WrittenKey[]> {
    if (!written.some(({ replace }) => replace)) return written;
    const known = await this.#known(written.map(({ host }) => host.target));
    return written.map((one) => {
      if (!one.replace || one.outcome === 'refused') return one;
      const { target } = one.host;
      const { host, port } = hostIdentity(target);
      const old = known(target)
        .about(host, port)
        .keys.find(
          ({ type, blob }) => type === one.key.type && blob.toString('base64') !== one.key.key,
        );
      if (old === undefined) return one;
      return { ...one, note: `an old key of it is still in ${old.file}:${old.line ?? 0}` };
    });
  }

  /** What is known now. */
  async #known(targets: readonly Target[]): Promise<(target: Target) => KnownHosts> {
    const lists = await loadKnownHostsLists(targets, this.#access);
    return (target) => {
      const known = knownHostsFor(lists, target, this.#access);
      if (known === undefined) throw new Error(`the known_hosts of ${target.name} were not read`);
      return known;
    };
  }
}

async function withNamedKeys(
  host: JudgedHost,
  source: SshfpSource,
  signal: AbortSignal,
): Promise<JudgedHost> {
  try {
    const named = await askForKeys(host.target, host.keys, source, signal);
    if (named === null) return host;
    const { verdicts, isProven } = named;
    const keys = host.keys.map((key, index): JudgedKey => {
      const dns = verdicts[index] ?? 'none';
      return { ...key, dns, isProven: isProven && dns !== 'none' };
    });
    return { ...host, keys };
  } catch (error) {
    throwIfAborted(signal);
    // DNS is asked for more certainty: without its answer the rest can be compared as well.
    return { ...host, dnsFailure: safeLine(error instanceof Error ? error.message : 'no answer') };
  }
}

/** Under what known_hosts has a target: its alias, which has no port, or what is connected to (HostKeyAlias in ssh_config(5)). */
export function hostIdentity({ address, port, ssh }: Target): {
  readonly host: string;
  readonly port: number;
} {
  const alias = ssh?.hostKeyAlias ?? null;
  return alias === null ? { host: address, port } : { host: alias, port: SSH_PORT };
}

function changeOf({ host, key, replace }: ApprovedKey): KeyChange {
  const { type } = key;
  return { ...hostIdentity(host.target), type, blob: Buffer.from(key.key, 'base64'), replace };
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

const SSH_PORT = 22;
const QUESTIONS_AT_ONCE = 16;
