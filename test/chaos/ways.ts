import { appendFileSync } from 'node:fs';
import type { Target } from '../../src/model/target.ts';
import { toxicProxy, type Toxics, type ToxicProxy } from '../fixtures/toxic-proxy.ts';
import { freePort } from '../fleet/loopback.ts';
import type { Fleet } from '../fleet/sshd.ts';
import type { Random } from './random.ts';

/** Proxies before some of the hosts, at the same addresses but another port: what goes through them can be spoilt. */
export class Ways {
  readonly #fleet: Fleet;
  readonly #proxies: ReadonlyMap<string, ToxicProxy>;

  private constructor(fleet: Fleet, proxies: ReadonlyMap<string, ToxicProxy>) {
    this.#fleet = fleet;
    this.#proxies = proxies;
  }

  static async start(fleet: Fleet, hosts: readonly string[]): Promise<Ways> {
    const chosen = hosts.filter((_, index) => index % ONE_OF === 0);
    const proxies = new Map<string, ToxicProxy>();
    for (const address of chosen) {
      const place = { address, port: await freePort(address) };
      proxies.set(address, await toxicProxy(place, { address, port: fleet.port }));
    }
    const names = [...proxies].map(([address, { port }]) => `[${address}]:${port}`);
    appendFileSync(fleet.knownHosts, `${names.join(',')} ${fleet.hostKey('ed25519')}\n`);
    return new Ways(fleet, proxies);
  }

  /** Through its proxy, where it has one. */
  target(host: string): Target {
    const port = this.#proxies.get(host)?.port ?? this.#fleet.port;
    return this.#fleet.target(host, { port });
  }

  /** Spoils one way; gives what was done, and what undoes it. */
  spoil(random: Random): { readonly detail: string; readonly heal: () => void } {
    const [host, proxy] = random.pick([...this.#proxies]) ?? [];
    const [name, toxics] = random.pick(Object.entries(TOXICS)) ?? [];
    const isReset = random.chance(0.2);
    if (isReset || toxics === undefined || name === undefined) proxy?.reset();
    else proxy?.poison(toxics);
    return {
      detail: `${host}: ${isReset ? 'reset' : name}`,
      heal: () => {
        proxy?.heal();
        // Of what went nowhere nothing can be made up for.
        if (!isReset && name === 'black hole') proxy?.reset();
      },
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.stop()));
  }
}

const TOXICS: Readonly<Record<string, Toxics>> = {
  latency: { latencyMs: 200, jitterMs: 100 },
  bandwidth: { bandwidth: 20_000 },
  slicer: { slicer: { bytes: 100, delayMs: 2 } },
  'black hole': { blackHole: true },
  'limit of data': { limitData: 20_000 },
};
/** So many hosts have one proxy among them. */
const ONE_OF = 4;
