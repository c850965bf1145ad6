import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A network of our own inside 127.0.0.0/8, so that fleets that run at once do not meet. */
export interface LoopbackNetwork {
  /** Its first `count` addresses, 1 to 250. */
  hosts(count: number): string[];
  /** Four more, for hosts of another kind. */
  readonly spares: readonly string[];
}

export function loopbackNetwork(): LoopbackNetwork {
  const network = `127.${randomInt(1, 255)}.${randomInt(0, 256)}`;
  return {
    hosts: (count) => {
      if (count < 1 || count > 250) throw new RangeError(`1 to 250 hosts, not ${count}`);
      return Array.from({ length: count }, (_, index) => `${network}.${index + 1}`);
    },
    spares: [251, 252, 253, 254].map((last) => `${network}.${last}`),
  };
}

/** A port below the ephemeral range on which nothing listens at that address: a connection of our own never takes it. */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(address, port)) return port;
  }
}

async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, 'listening');
    return true;
  } catch {
    // Taken: another one will do.
    return false;
  } finally {
    server.close();
  }
}

const LOWEST = 10_000;
/** Linux's ephemeral range begins at 32768 (ip(7), ip_local_port_range). */
const HIGHEST = 32_000;
