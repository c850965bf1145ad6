import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Target } from '../../model/target.ts';

/** The jump hosts that somebody says a host is behind. */
export interface SaidJump {
  /** Nearest to us first. */
  readonly hops: readonly string[];
  /** It is said of many hosts, the jump hosts perhaps among them: the way to one of those ends before it. */
  readonly ofMany: boolean;
}

/** A jump host, resolved as if it were a target, without the way to it. */
export interface Hop {
  readonly target: Target;
  readonly said: SaidJump;
}

/**
 * Works out the ways through jump hosts, as ssh does it: the nearest hop's own jump hosts come before it, while those of
 * the others are not asked for. Targets behind the same hops share one list.
 */
export class JumpChains {
  readonly #known = new Map<string, readonly Target[]>();
  readonly #hops = new Map<string, Hop>();
  readonly #resolve: (hop: string) => Hop;

  constructor(resolve: (hop: string) => Hop) {
    this.#resolve = resolve;
  }

  /** The whole way to `target`, nearest to us first. Throws ConfigError for a loop. */
  way(target: Target, said: SaidJump): readonly Target[] {
    const way = this.#way(this.#before(target, said), []);
    const again = way.find((hop) => isSame(hop, target));
    if (again !== undefined) throw loop([...way.slice(way.indexOf(again)), target]);
    return way;
  }

  #before(target: Target, { hops, ofMany }: SaidJump): readonly string[] {
    const at = ofMany ? hops.findIndex((hop) => isSame(this.#hop(hop).target, target)) : -1;
    return at === -1 ? hops : hops.slice(0, at);
  }

  #way(hops: readonly string[], behind: readonly Target[]): readonly Target[] {
    const [first] = hops;
    if (first === undefined) return DIRECT;
    const key = hops.join(',');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const nearest = this.#hop(first);
    const again = behind.findIndex((other) => isSame(other, nearest.target));
    if (again !== -1) throw loop([nearest.target, ...behind.slice(0, again + 1)]);
    // A name made of the name before it never comes round to itself.
    if (behind.length >= LONGEST_WAY) throw loop([nearest.target, ...behind]);
    const own = this.#before(nearest.target, nearest.said);
    const before = this.#way(own, [nearest.target, ...behind]);
    const others = hops.slice(1).map((hop) => this.#hop(hop).target);
    const way = [...before, reached(nearest.target, before), ...others.map(behindAnother)];
    this.#known.set(key, way);
    return way;
  }

  #hop(text: string): Hop {
    const known = this.#hops.get(text);
    if (known !== undefined) return known;
    const hop = this.#resolve(text);
    this.#hops.set(text, hop);
    return hop;
  }
}

/** Longer than anybody's; each hop costs a login. */
const LONGEST_WAY = 16;

/** No jump host: one list for all. */
export const DIRECT: readonly Target[] = [];

function reached(hop: Target, before: readonly Target[]): Target {
  return before.length === 0 ? hop : behindAnother(hop);
}

/** Who is reached through a jump host has no use for a command that makes the connection. */
function behindAnother(hop: Target): Target {
  const { ssh } = hop;
  if (ssh === undefined || ssh.proxyCommand === null) return hop;
  return { ...hop, ssh: { ...ssh, proxyCommand: null } };
}

/** As ssh tells a loop of jump hosts: the same host, port and user. */
function isSame(one: Target, other: Target): boolean {
  return (
    one.port === other.port &&
    one.user === other.user &&
    one.address.toLowerCase() === other.address.toLowerCase()
  );
}

function loop(round: readonly Target[]): ConfigError {
  const names = round.map(({ name }) => name).toReversed();
  return new ConfigError('usage', safeLine(`jump hosts in a loop: ${names.join(' behind ')}`), {
    hint: 'say of the jump host that it needs none: "jump: none" in the inventory, "ProxyJump none" in ssh_config',
  });
}
