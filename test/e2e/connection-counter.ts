import { once } from 'node:events';
import { createServer } from 'node:net';
import { loopbackNetwork } from '../fleet/loopback.ts';

/** A host that only counts who knocks: for what must not touch any host. */
export interface ConnectionCounter {
  /** The options and the host with which a run would reach it. */
  readonly target: readonly string[];
  readonly address: string;
  readonly port: number;
  connections(): number;
  close(): Promise<void>;
}

export async function countConnections(): Promise<ConnectionCounter> {
  const [address = ''] = loopbackNetwork().hosts(1);
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    target: ['-w', address, '-p', String(port)],
    address,
    port,
    connections: () => connections,
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
