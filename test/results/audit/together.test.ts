import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whileLinkLocked } from '../../../src/base/link-lock.ts';
import { verifyAudit } from '../../../src/results/audit/verify.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = temporaryFolder('audit-together');
  await build({
    entryPoints: [join(import.meta.dirname, 'writer.ts')],
    outfile: program(),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

function program(): string {
  return join(folder, 'writer.mjs');
}

async function write(file: string, lines: number, name: string, killAfter = 0): Promise<void> {
  const words = [program(), file, `${lines}`, name];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (killAfter > 0) {
    while (!readNames(file).includes(name)) await new Promise((done) => setImmediate(done));
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
}

function readNames(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Nobody has made it yet.
    return '';
  }
}

describe('an audit log that several processes write', () => {
  test('is one chain, with every line once, also where one of them is killed', async () => {
    const file = join(folder, 'log');
    await Promise.all([
      write(file, 300, 'first'),
      write(file, 300, 'second'),
      write(file, 1_000_000, 'killed', 1),
    ]);
    expect(await verifyAudit(file)).toMatchObject({ faults: [] });
    const names = readFileSync(file, 'utf8').split('\n');
    expect(names.filter((line) => line.includes('"first"'))).toHaveLength(300);
    expect(names.filter((line) => line.includes('"second"'))).toHaveLength(300);
  }, 20_000);
});

test('an audit log on a full disk ends within a line, and goes on, with that line named, when there is room', async () => {
  const file = join(folder, 'full');
  // Blocks of 512 bytes or of 1024: a file that is to be larger is written as far as it may, as on a full disk.
  const limited = ['-c', 'trap "" XFSZ; ulimit -f 4; exec "$@"', 'sh', process.execPath];
  const child = spawn('sh', [...limited, program(), file, '100', 'first'], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).not.toBe(0);
  const had = readNames(file).split('\n');
  expect(had.at(-1)).not.toBe('');
  await write(file, 2, 'second');
  const { faults, notes, lines } = await verifyAudit(file);
  expect(faults).toEqual([]);
  const why = 'was cut short as it was written; the next line says so';
  expect(notes).toEqual([{ line: had.length, why }]);
  // That line, the one that says so, and two.
  expect(lines).toBe(had.length + 3);
});

describe('the lock', () => {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

  test('of a dead process is taken over, as is the guard that another dead one has left', () => {
    const path = join(folder, 'lock');
    const dead = `999999999:1:${boot}:${hostname()}:00000000-0000-4000-8000-000000000001`;
    symlinkSync(dead, path);
    symlinkSync(dead.replace(/1$/u, '2'), `${path}.over-00000000-0000-4000-8000-000000000001`);
    expect(whileLinkLocked(path, () => readlinkSync(path))).toContain(`${process.pid}:`);
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  test('of a process with the number of an earlier one is told from its', () => {
    const path = join(folder, 'again');
    symlinkSync(
      `${process.pid}:1:${boot}:${hostname()}:00000000-0000-4000-8000-000000000003`,
      path,
    );
    expect(whileLinkLocked(path, () => 'had')).toBe('had');
  });

  test('of another machine stays its', () => {
    const path = join(folder, 'elsewhere');
    symlinkSync('1:1:boot:elsewhere.example:00000000-0000-4000-8000-000000000004', path);
    expect(() => whileLinkLocked(path, () => 'had', 3)).toThrow('is held by process 1');
  });
});
