import type { FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import { delay, systemClock } from '../base/clock.ts';
import { createApp } from './routes/app.ts';
import type { ServerParts } from './routes/parts.ts';

export type { ServerParts } from './routes/parts.ts';

/** A controller on its way to its clients. It listens where it is told to. */
export interface ServiceServer {
  readonly http: Server;
  /** Connections of clients open now. */
  readonly clients: number;
  /** Calls the listener whenever that number has changed. */
  onClients(listener: () => void): void;
  /** Takes no more requests, breaks off what is still read or waited for, and closes every connection. */
  close(): Promise<void>;
}

/** A controller, ready to be listened for. */
export async function createServer(parts: ServerParts): Promise<ServiceServer> {
  return served(await createApp(parts));
}

function served(app: FastifyInstance): ServiceServer {
  const http = app.server;
  let clients = 0;
  let isClosing = false;
  http.on('request', (_request, response) => {
    response.once('close', () => {
      // It has given its last answer, and is not kept for another.
      if (isClosing) process.nextTick(() => http.closeIdleConnections());
    });
  });
  const listeners: (() => void)[] = [];
  const changed = (by: number): void => {
    clients += by;
    for (const listener of listeners) listener();
  };
  http.on('connection', (socket) => {
    changed(1);
    socket.once('close', () => changed(-1));
  });
  return {
    http,
    get clients() {
      return clients;
    },
    onClients: (listener) => listeners.push(listener),
    close: () => {
      isClosing = true;
      return close(app);
    },
  };
}

async function close(app: FastifyInstance): Promise<void> {
  const http = app.server;
  const closed = new Promise<void>((resolve) => {
    if (http.listening) http.close(() => resolve());
    else resolve();
  });
  const isOver = new AbortController();
  const patience = delay(systemClock, CLOSE_MS, isOver.signal).then(
    () => http.closeAllConnections(),
    () => undefined,
  );
  await closed;
  isOver.abort();
  await patience;
  await app.close();
}

/** For answers that are on their way, and readers that have something left to read. */
const CLOSE_MS = 1000;
