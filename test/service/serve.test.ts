import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findController } from '../../src/service/launch.ts';
import { servicePaths } from '../../src/service/paths.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { newInstance } from './instance.ts';

describe('an error that nobody expected', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder('crash');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    {
      signal: 'SIGUSR2',
      what: 'thrown',
      said: /an error of its own: Error \| at .*crashing-controller/u,
    },
    {
      signal: 'SIGWINCH',
      what: 'a promise’s',
      said: /an error of its own: RangeError: too much \| at /,
    },
  ] as const)(
    '$what ends it with 1; socket and lock are gone, and the log tells where it was and no secret',
    async ({ signal, said }) => {
      const secret = 'canary-1138';
      const program = join(import.meta.dirname, '../fixtures/crashing-controller.ts');
      const child = spawn(process.execPath, ['--import', 'tsx', program, folder, secret], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TMPDIR: folder },
      });
      const ended = once(child, 'close');
      try {
        const lines = createInterface({ input: child.stdout });
        const line: unknown[] = await once(lines, 'line');
        expect(line[0]).toMatch(/^controller ready \(process \d+\) on /u);
        const paths = servicePaths({
          xdgRuntimeDir: folder,
          stateDir: folder,
          instance: 'default',
        });
        const remote = await findController({ paths, version: '0.0.0-test' });
        expect((await remote?.serviceStatus())?.pid).toBe(child.pid);
        child.kill(signal);
        await ended;
        await remote?.dispose();
        expect(child.exitCode).toBe(1);
        expect(readdirSync(paths.folder)).toEqual([]);
        const log = readFileSync(paths.log, 'utf8');
        expect(log).toMatch(said);
        expect(log).not.toContain(secret);
      } finally {
        child.kill('SIGKILL');
        await ended;
      }
    },
  );
});

describe('a controller that cannot begin', () => {
  test('says so to whoever started it, and to a terminal, and touches nothing', async () => {
    const at = newInstance();
    try {
      mkdirSync(at.paths.folder, { mode: 0o700 });
      chmodSync(at.paths.folder, 0o770);
      const served = await at.muster(['controller', 'serve']);
      expect(served.code).toBe(2);
      expect(served.errorText).toContain(`${at.paths.folder} is open to others (mode 0770)`);
      expect(readdirSync(at.paths.folder)).toEqual([]);
      const started = await at.muster(['start', '--local', '--', 'true']);
      expect(started.code).toBe(2);
      expect(started.errorText).toContain('is open to others');
      expect(existsSync(at.paths.socket)).toBe(false);
    } finally {
      await at.close();
    }
  });
});
