import { chmodSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { createServer, type ServerParts, type ServiceServer } from '../../src/service/server.ts';
import { connect } from '../../src/service/client/connect.ts';
import type { HostedController } from '../../src/model/ports/controller.ts';
import type { RemoteController, ServicePaths, ServiceStatus } from '../../src/service/service.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

export const VERSION = '9.9.9';

/** A controller served on a socket in this process. */
export interface Served {
  readonly paths: ServicePaths;
  readonly server: ServiceServer;
  /** What the server called a defect of its own. */
  readonly troubles: readonly string[];
  /** A further client. Closed with the rest. */
  client(): Promise<RemoteController>;
  /** A request by hand. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** Closes clients and server; the controller is the caller's. */
  close(): Promise<void>;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export async function serveHere(
  controller: HostedController,
  changes: Partial<ServerParts> = {},
): Promise<Served> {
  const folder = temporaryFolder('sv');
  const paths = pathsIn(folder);
  const troubles: string[] = [];
  const server = await createServer({
    controller,
    version: VERSION,
    serviceStatus: () => statusOf(controller, paths),
    shutdown: () => Promise.resolve(),
    trouble: (text) => troubles.push(text),
    ...changes,
  });
  await new Promise<void>((resolve) => server.http.listen(paths.socket, resolve));
  chmodSync(paths.socket, 0o600);
  const clients: RemoteController[] = [];
  return {
    paths,
    server,
    troubles,
    client: async () => {
      const client = await connect(paths, VERSION);
      if (client === null) throw new Error('nobody listens');
      clients.push(client);
      return client;
    },
    ask: (method, path, options) => ask(paths.socket, method, path, options),
    close: async () => {
      await Promise.all(clients.map((client) => client.dispose()));
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function pathsIn(folder: string): ServicePaths {
  const file = (name: string): string => join(folder, name);
  return {
    instance: 'default',
    folder,
    socket: file('default.sock'),
    lock: file('default.lock'),
    journal: file('default.journal'),
    log: file('default.log'),
  };
}

export function ask(
  socketPath: string,
  method: string,
  path: string,
  { body, text, headers = {} }: AskOptions = {},
): Promise<Answer> {
  const sent = text ?? (body === undefined ? null : JSON.stringify(body));
  const type = sent === null ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const asked = request({
      socketPath,
      method,
      path,
      agent: false,
      headers: { ...type, ...headers },
    });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const all = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: all });
      });
    });
    asked.end(sent ?? undefined);
  });
}

async function statusOf(controller: HostedController, paths: ServicePaths): Promise<ServiceStatus> {
  return {
    ...(await controller.status()),
    instance: paths.instance,
    pid: process.pid,
    version: VERSION,
    uptimeMs: 1,
    socket: paths.socket,
    cpuMs: 1,
    rssBytes: 1,
    openFilesLimit: null,
    warnings: [],
  };
}
