import { build, stop } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { claim } from '../../src/service/claim.ts';
import { ownIdentity } from '../../src/service/lock-owner.ts';
import { releaseLock } from '../../src/service/lock.ts';
import { servicePaths } from '../../src/service/paths.ts';
import type { ServicePaths } from '../../src/service/service.ts';
import { eventually } from '../helpers/eventually.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
let paths: ServicePaths;

beforeEach(() => {
  folder = temporaryFolder('claim');
  paths = servicePaths({ xdgRuntimeDir: folder, stateDir: folder, instance: 'default' });
  mkdirSync(paths.folder, { mode: 0o700 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('who owns the socket', () => {
  test('is who came first, until it gives the lock back', async () => {
    const [one, other] = [ownIdentity(), ownIdentity()];
    expect(await claim(paths, one, systemClock)).toBeNull();
    let claimed = false;
    const waiting = claim(paths, other, systemClock).finally(() => {
      claimed = true;
    });
    await eventually(() => readdirSync(paths.folder).length === 1);
    expect(claimed).toBe(false);
    releaseLock(paths.lock, one);
    expect(await waiting).toBeNull();
    // It is the other's now.
    releaseLock(paths.lock, one);
    expect(readFileSync(paths.lock, 'utf8')).toContain(other.uuid);
    releaseLock(paths.lock, other);
    expect(readdirSync(paths.folder)).toEqual([]);
  });

  test('C10: is written down for its user alone', async () => {
    const own = ownIdentity();
    expect(await claim(paths, own, systemClock)).toBeNull();
    expect(statSync(paths.lock).mode & 0o777).toBe(0o600);
    releaseLock(paths.lock, own);
  });

  test('is who listens, also without a lock', async () => {
    const server = createServer().listen(paths.socket);
    await once(server, 'listening');
    try {
      expect(await claim(paths, ownIdentity(), systemClock)).toEqual({ runningPid: null });
      expect(readdirSync(paths.folder)).toEqual(['default.sock']);
    } finally {
      server.close();
      await once(server, 'close');
    }
  });

  test('is waited for eight seconds where it does not listen, and then the lock is named', async () => {
    expect(await claim(paths, ownIdentity(), systemClock)).toBeNull();
    let now = 0;
    const fast: Clock = {
      now: () => now,
      monotonic: () => now,
      after: (ms, task) => {
        now += ms;
        return systemClock.after(0, task);
      },
    };
    await expect(claim(paths, ownIdentity(), fast)).rejects.toMatchObject({
      code: 'service',
      message: `another controller holds ${paths.lock} and takes no clients`,
    });
    expect(now).toBeGreaterThanOrEqual(8_000);
    expect(now).toBeLessThan(9_000);
  });
});

/**
 * Real processes on a real disk: each takes the lock and gives it back, over and over, and any of them is killed at any
 * moment. Who has the lock writes so into a journal and then reads it: where two have it, one of them reads of the other.
 */
test('of many processes that are killed at random, never two own it, and none blocks the rest', async () => {
  const program = join(folder, 'taker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../fixtures/lock-taker.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  await stop();
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomNumbers(seed);
  const takers = new Set<ChildProcess>();
  const begin = (): void => {
    const taker = spawn(process.execPath, [program, paths.lock, journal], { stdio: 'ignore' });
    takers.add(taker);
    taker.once('exit', () => takers.delete(taker));
  };
  let killed = 0;
  try {
    for (; killed < 25; killed += 1) {
      while (takers.size < 6) begin();
      // So that whoever dies next has had the time to be in the middle of it.
      const before = owners(journal).length;
      const what = `seed ${seed}: the lock was taken further times after ${killed} deaths`;
      await eventually(() => owners(journal).length > before + 3, { what });
      await new Promise((resolve) => setTimeout(resolve, random() * 4));
      const last = owners(journal).at(-1);
      const owner = [...takers].find(({ pid }) => String(pid) === last);
      const victims = owner !== undefined && random() < 0.5 ? [owner] : [...takers];
      victims[Math.floor(random() * victims.length)]?.kill('SIGKILL');
    }
  } finally {
    for (const taker of takers) taker.kill('SIGKILL');
    await eventually(() => takers.size === 0);
  }
  const lines = readFileSync(journal, 'utf8').split('\n');
  expect(lines.filter((line) => line.startsWith('two'))).toEqual([]);
  expect(new Set(owners(journal)).size).toBeGreaterThan(5);
}, 30_000);

/** The processes that had it, in order. */
function owners(journal: string): readonly string[] {
  const taken = readFileSync(journal, 'utf8').matchAll(/^taken (\d+)/gmu);
  return [...taken].map(([, pid = '']) => pid);
}

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
