import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HOSTS = 100_000;
const run = promisify(execFile);
let folder = '';
let program = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-speed-'));
  program = join(folder, 'measure.mjs');
  await build({
    entryPoints: [new URL('measure.ts', import.meta.url).pathname],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  await stop();
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Measured {
  readonly count: number;
  readonly first: string;
  readonly last: string;
  /** Of the main thread on a processor, from the start on: what else runs on the machine must not decide. */
  readonly seconds: number;
  readonly megabytes: number;
}

/** The best of three, each a process of its own, as the bundle is run. */
async function measure(...args: string[]): Promise<Measured> {
  const tries: Measured[] = [];
  while (tries.length < 3) {
    const { stdout } = await run(process.execPath, [program, ...args]);
    const measured = JSON.parse(stdout) as Measured;
    tries.push(measured);
    if (measured.seconds < 2) break;
  }
  return tries.toSorted((a, b) => a.seconds - b.seconds)[0] ?? expect.fail('nothing was measured');
}

/** 2 s; on a machine that is too slow for that at the moment, twice what it takes js-yaml to load the file, and no more. */
async function allowed(seconds: number, path: string): Promise<number> {
  return seconds < 2 ? 2 : 2 * (await measure('yaml', path)).seconds;
}

async function file(
  name: string,
  lines: (index: number) => string,
  before: string,
): Promise<string> {
  const path = join(folder, name);
  await writeFile(
    path,
    before + Array.from({ length: HOSTS }, (_, index) => lines(index)).join(''),
  );
  return path;
}

const first = (index: number): string => `web${String(index)}.example.com`;
const address = (index: number): string =>
  `10.${String(index >> 16)}.${String((index >> 8) & 255)}.${String(index & 255)}`;

describe('F52: 100,000 hosts take under 2 s of processor time, and under 300 MB', () => {
  it.each([
    [
      'a map, with an address each',
      (index: number) => `  ${first(index)}: { address: ${address(index)} }\n`,
      'hosts:\n',
    ],
    [
      'a map, with much said about each',
      (index: number) =>
        `  ${first(index)}:\n    address: ${address(index)}\n    port: 2200\n    vars: { role: primary, rack: r${String(index % 100)} }\n`,
      'hosts:\n',
    ],
    ['a list', (index: number) => `  - ${first(index)}\n`, 'hosts:\n'],
    [
      'a list in a group',
      (index: number) => `      - ${first(index)}\n`,
      'groups:\n  all:\n    user: x\n    hosts:\n',
    ],
    [
      'a range in a group',
      (index: number) => (index === 0 ? '' : '#\n'),
      'groups:\n  all: { hosts: "web[0-99999].example.com", user: x, vars: { a: 1 } }\n',
    ],
  ])(
    'to load and select as %s, in the order of the file',
    async (name, lines, before) => {
      const path = await file(`${name.replaceAll(/\W/gu, '-')}.yaml`, lines, before);
      const { count, first: begin, last, seconds, megabytes } = await measure('load', path);
      expect({ count, begin, last }).toEqual({
        count: HOSTS,
        begin: first(0),
        last: first(HOSTS - 1),
      });
      expect(seconds).toBeLessThan(await allowed(seconds, path));
      expect(megabytes).toBeLessThan(300);
    },
    60_000,
  );

  it.each([
    ['n[1-100000]', 'n[1-100000]'],
    ['r[1-100]n[1-1000]', 'r[1-100]n[1-1000]'],
    ['r[1-100]n[1-1001]!r[1-100]n500', 'r[1-100]n[1-499,501-1001]'],
    ['r[1-100]n[1-1000],x!r5n7', 'r[1-4,6-100]n[1-1000],r5n[1-6,8-1000],x'],
  ])(
    'to expand and fold: %s',
    async (text, folded) => {
      const { count, first: shown, seconds, megabytes } = await measure('fold', text);
      expect({ count, shown }).toEqual({ count: HOSTS, shown: folded });
      expect(seconds).toBeLessThan(2);
      expect(megabytes).toBeLessThan(300);
    },
    60_000,
  );

  it('to fold where nothing fits together', async () => {
    const { count, seconds, megabytes } = await measure('scatter', String(HOSTS));
    expect(count).toBe(HOSTS);
    expect(seconds).toBeLessThan(2);
    expect(megabytes).toBeLessThan(300);
  }, 60_000);
});
