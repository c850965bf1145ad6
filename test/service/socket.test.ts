import { once } from 'node:events';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answers, listenAt } from '../../src/service/socket.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
let path: string;
let server: Server;

beforeEach(() => {
  folder = temporaryFolder('socket');
  path = join(folder, 'default.sock');
  server = createServer((client) => client.end());
});
afterEach(async () => {
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

describe('the socket', () => {
  test('is 0600 whatever the mask, alone in its folder, and the mask is as it was', async () => {
    const before = process.umask(0);
    try {
      await listenAt(server, path);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['default.sock']);
    expect(await answers(path)).toBe(true);
  });

  test('takes the place of what was left there', async () => {
    writeFileSync(path, 'left');
    expect(await answers(path)).toBe(false);
    await listenAt(server, path);
    expect(await answers(path)).toBe(true);
  });

  test('that is withdrawn is found by nobody, and by everybody when it is back', async () => {
    const socket = await listenAt(server, path);
    socket.withdraw();
    expect(await answers(path)).toBe(false);
    expect(socket.isReachable()).toBe(true);
    socket.restore();
    expect(await answers(path)).toBe(true);
    socket.withdraw();
    socket.remove();
    socket.remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('knows when it was removed or replaced, and then removes nothing', async () => {
    const socket = await listenAt(server, path);
    expect(socket.isReachable()).toBe(true);
    rmSync(path);
    expect(socket.isReachable()).toBe(false);
    writeFileSync(path, 'another');
    expect(socket.isReachable()).toBe(false);
    socket.remove();
    expect(readdirSync(folder)).toEqual(['default.sock']);
  });

  test('is kept from looking old', async () => {
    const socket = await listenAt(server, path);
    utimesSync(path, 1, 1);
    socket.touch(5_000);
    expect(statSync(path).mtimeMs).toBe(5_000);
  });

  test('stays when its server has closed, until it is removed', async () => {
    const socket = await listenAt(server, path);
    server.close();
    await once(server, 'close');
    expect(readdirSync(folder)).toEqual(['default.sock']);
    expect(await answers(path)).toBe(false);
    socket.remove();
    expect(readdirSync(folder)).toEqual([]);
  });
});
