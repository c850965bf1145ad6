import { createServer, type Server, type Socket } from 'node:net';

/** Where an embedded host is, or would be if it were up. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** A TCP listener of an embedded host. */
export interface Listener extends Place {
  /** Takes no more connections from now on; resolves when those that it took are over, too. */
  close(): Promise<void>;
}

/** What takes the connections of one host. */
export interface Acceptor {
  accept(socket: Socket): void;
}

export interface Listening {
  /** One for each host, in order. */
  readonly places: readonly Place[];
  readonly listeners: readonly Listener[];
}

/**
 * Listens for each host on an address of its own, all on one port; null is a host that is down, at whose place
 * nothing listens. While the others hold their port no other program can take that port for all addresses, so a
 * place that is down stays down. Where the system has only 127.0.0.1 (macOS), the hosts differ by their ports.
 */
export async function listenForAll(hosts: readonly (Acceptor | null)[]): Promise<Listening> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await onOnePort(hosts);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EADDRNOTAVAIL') return onOneAddress(hosts);
      // Another program has the first host's free port on the address of a later one.
      if (code !== 'EADDRINUSE' || attempt === PORTS_TRIED) throw error;
    }
  }
}

async function onOnePort(hosts: readonly (Acceptor | null)[]): Promise<Listening> {
  const listeners: Listener[] = [];
  let port = 0;
  await orCloseAll(listeners, async () => {
    for (const [index, host] of hosts.entries()) {
      if (host === null) continue;
      const listener = await listenOnLoopback(loopbackAddress(index), port, host);
      listeners.push(listener);
      port = listener.port;
    }
  });
  return {
    places: hosts.map((_, index) => ({ address: loopbackAddress(index), port })),
    listeners,
  };
}

async function onOneAddress(hosts: readonly (Acceptor | null)[]): Promise<Listening> {
  const listeners: Listener[] = [];
  const places: Place[] = [];
  await orCloseAll(listeners, async () => {
    for (const host of hosts) {
      const listener = await listenOnLoopback(
        ONLY_LOOPBACK,
        0,
        host ?? { accept: (s) => s.destroy() },
      );
      places.push({ address: listener.address, port: listener.port });
      if (host === null) await listener.close();
      else listeners.push(listener);
    }
  });
  return { places, listeners };
}

async function orCloseAll(
  listeners: readonly Listener[],
  open: () => Promise<void>,
): Promise<void> {
  try {
    await open();
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
}

/**
 * Listens on an address of the loopback network, and on no other: whoever is not on this machine cannot reach it.
 * `port` 0 takes a free one. Rejects as `net.Server` does: EADDRINUSE, or EADDRNOTAVAIL where the address is not up.
 */
async function listenOnLoopback(address: string, port: number, host: Acceptor): Promise<Listener> {
  const server = createServer({ noDelay: true }, (socket) => host.accept(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { address, port: portOf(server), close: () => closed(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return address.port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}

/** The address of the host at `index`, counted from 0: 127.77.0.1, 127.77.0.2 and so on. */
function loopbackAddress(index: number): string {
  return `127.77.${Math.floor(index / HOSTS_IN_NET)}.${(index % HOSTS_IN_NET) + 1}`;
}

const ONLY_LOOPBACK = '127.0.0.1';
/** 1 to 254: neither the network's own address nor its broadcast address. */
const HOSTS_IN_NET = 254;
/** A port that is free on one address and taken on another is rare; five such in a row are something else. */
const PORTS_TRIED = 5;
