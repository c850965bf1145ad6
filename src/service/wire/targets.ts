import type { SshSettings } from '../../model/ssh-settings.ts';
import type { Target } from '../../model/target.ts';

/** Targets as JSON. What many of them share stands once, in a list, and they name its place there. */
export interface WireTargets {
  readonly targets: readonly WireTarget[];
  /** Each a list of jump hosts, nearest to us first. */
  readonly ways: readonly (readonly WireTarget[])[];
  readonly settings: readonly SshSettings[];
}

export interface WireTarget extends Omit<Target, 'jump' | 'ssh'> {
  /** The place of its jump hosts in `ways`; null: it is reached directly. */
  readonly way: number | null;
  /** The place of its settings in `settings`; null: nothing is said. */
  readonly ssh: number | null;
}

export function wireTargets(targets: readonly Target[]): WireTargets {
  const settings = new Places<SshSettings>();
  const ways = new Places<readonly Target[]>();
  const wire = (target: Target): WireTarget => {
    const { name, address, port, user, identities, jump, vars, groups, ssh } = target;
    const common = { name, address, port, user, identities, vars, groups };
    const way = jump.length === 0 ? null : ways.of(jump);
    return { ...common, way, ssh: ssh === undefined ? null : settings.of(ssh) };
  };
  const wired = targets.map(wire);
  // Making them adds the settings of jump hosts, and no ways: they are the whole way themselves.
  return {
    targets: wired,
    ways: ways.all.map((hops) => hops.map(wire)),
    settings: settings.all.map(plain),
  };
}

export function targetsFrom({ targets, ways, settings }: WireTargets): readonly Target[] {
  const hops: (readonly Target[])[] = [];
  const target = ({ way, ssh, ...rest }: WireTarget): Target => {
    const said = ssh === null ? undefined : settings[ssh];
    const jump = way === null ? [] : (hops[way] ?? []);
    return said === undefined ? { ...rest, jump } : { ...rest, jump, ssh: said };
  };
  for (const way of ways) hops.push(way.map(target));
  return targets.map(target);
}

/** Whether every place that is named is there: what a schema cannot say. A missing way would be a direct one. */
export function placesFault({ targets, ways, settings }: WireTargets): string | null {
  const faulty = ({ way, ssh }: WireTarget): boolean =>
    (way !== null && way >= ways.length) || (ssh !== null && ssh >= settings.length);
  if (targets.some(faulty)) return 'a target names jump hosts or settings that are not there';
  const hops = ways.flat();
  return hops.some((hop) => faulty(hop) || hop.way !== null)
    ? 'a jump host names jump hosts, or settings that are not there'
    : null;
}

/** Each thing once, in the order in which they came. */
class Places<Thing extends object> {
  readonly #places = new Map<Thing, number>();

  of(thing: Thing): number {
    const known = this.#places.get(thing);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(thing, place);
    return place;
  }

  get all(): readonly Thing[] {
    return [...this.#places.keys()];
  }
}

/** Field by field, because a program may have put more into it. */
function plain(ssh: SshSettings): SshSettings {
  const { hostKeyAlias, hostKeys, knownHosts, knownHostsWrite, identitiesOnly, agent } = ssh;
  const { certificates, proxyCommand, connectTimeoutMs, keepalive, env, addressFamily } = ssh;
  const { bindAddress, ciphers, kex, macs, hostKeyAlgorithms, compression } = ssh;
  const { tty, forwardAgent, hashKnownHosts, onlyIdentityFiles, knownKeyTypesFirst } = ssh;
  return {
    hostKeyAlias,
    hostKeys,
    knownHosts,
    knownHostsWrite,
    hashKnownHosts,
    onlyIdentityFiles,
    identitiesOnly,
    agent,
    certificates,
    proxyCommand,
    connectTimeoutMs,
    keepalive,
    env,
    addressFamily,
    bindAddress,
    ciphers,
    kex,
    macs,
    hostKeyAlgorithms,
    knownKeyTypesFirst,
    compression,
    tty,
    forwardAgent,
  };
}
