import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('a test file that leaves a process, a server, a timer, a file and a changed process fails, and each is named', () => {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--no-color'];
  const run = spawnSync(
    process.execPath,
    [...vitest, '--config', 'test/fixtures/leaky/vitest.config.ts'],
    { encoding: 'utf8' },
  );
  expect(run.status).toBe(1);
  const said = run.stdout + run.stderr;
  expect(said).toContain('this test file leaves behind');
  expect(said).toMatch(/process \d+ \(child of \d+\) sleep 60/u);
  expect(said).toMatch(/TCPServerWrap/u);
  expect(said).toMatch(/Timeout/u);
  expect(said).toMatch(/file tmp\/left-/u);
  expect(said).toContain('environment variable LEFT_BEHIND');
  expect(said).toContain("listener of the process's SIGUSR2");
  expect(said).toContain('umask 00');
});
