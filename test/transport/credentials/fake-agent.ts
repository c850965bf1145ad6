import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '../../setup/run-folder.ts';

export interface FakeAgent {
  readonly socket: string;
  /** Connections that were made. */
  readonly connections: () => number;
  /** Connections open now. */
  readonly open: () => number;
  stop(): Promise<void>;
}

/** An agent that misbehaves: `answer` gets each request, without its length, and writes what it likes. */
export async function startFakeAgent(
  answer: (request: Buffer, socket: Socket) => void,
): Promise<FakeAgent> {
  const folder = temporaryFolder('fake-agent');
  const path = join(folder, 'socket');
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    let received: Buffer = Buffer.alloc(0);
    socket
      .on('data', (bytes: Buffer) => {
        received = Buffer.concat([received, bytes]);
        while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
          const end = 4 + received.readUInt32BE(0);
          const request = received.subarray(4, end);
          received = received.subarray(end);
          answer(request, socket);
        }
      })
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket));
  }).listen(path);
  await once(server, 'listening');
  return {
    socket: path,
    connections: () => connections,
    open: () => sockets.size,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
