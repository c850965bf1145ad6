import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { signalProcess } from '../helpers/processes.ts';
import { runMuster } from '../helpers/run-muster.ts';
import { spawn } from 'node:child_process';

let fleet: Fleet;
let host: string;
beforeAll(async () => {
  fleet = await startFleet();
  [host = ''] = fleet.addresses(1);
});
afterAll(() => fleet.stop());

/** What a durable command has left, written to so many days ago. */
function leftover(days: number, files: Readonly<Record<string, string>>): string {
  const folder = join(fleet.folder, 'home', '.local/state/muster/durable', randomUUID());
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const then = Date.now() / 1000 - days * 86_400;
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), then, then);
  }
  utimesSync(folder, then, then);
  return folder;
}

const ENDED = { lease: '\n', supervisor: '1 1\n', status: 'exit 0 end\n', out: 'x'.repeat(1000) };

test('removes what is old and runs no more, says how much, and touches nothing else', async () => {
  const old = leftover(8, ENDED);
  const young = leftover(6, ENDED);
  const lost = leftover(9, { ...ENDED, status: 'running\n' });
  const runs = spawn('sleep', ['60']);
  const stat = readFileSync(`/proc/${runs.pid}/stat`, 'latin1');
  const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const running = leftover(30, {
    ...ENDED,
    supervisor: `${runs.pid} ${start}\n`,
    status: 'running\n',
  });
  const orphan = leftover(30, { ...ENDED, process: `${runs.pid} ${start}\n`, status: 'running\n' });
  try {
    const clean = (...options: readonly string[]) =>
      runMuster(['host-clean', ...fleet.options, '-w', host, ...options]);
    const dry = await clean('--dry-run', '-O', 'json');
    const sizes = [ENDED, { ...ENDED, status: 'running\n' }].flatMap((files) =>
      Object.values(files),
    );
    const bytes = sizes.join('').length;
    const counts = { removed: 2, bytes, kept: 1, running: 2, failed: 0 };
    expect(dry.job().children[0]).toMatchObject({ hostClean: { dryRun: true, ...counts } });
    expect([old, young, lost, running, orphan].every((folder) => existsSync(folder))).toBe(true);
    const done = await clean();
    expect([done.code, done.text]).toEqual([0, `${host}: 2 removed, 2.0 kB; 1 kept; 2 running\n`]);
    expect([old, lost].some((folder) => existsSync(folder))).toBe(false);
    expect([young, running, orphan].every((folder) => existsSync(folder))).toBe(true);
    const all = await clean('--older-than', '0', '-O', 'table', '-q');
    expect(all.text).toContain('1 removed, 1.0 kB; 2 running');
    expect(existsSync(young)).toBe(false);
  } finally {
    signalProcess(runs.pid ?? 0, 'SIGKILL');
  }
});

test('refuses what is no age', async () => {
  const { code, errorText } = await runMuster(['host-clean', '-w', host, '--older-than', 'soon']);
  expect([code, errorText]).toEqual([2, expect.stringContaining('"soon" is no age')]);
});
