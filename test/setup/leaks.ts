import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import {
  childrenOf,
  describeProcess,
  environmentOf,
  processes,
  signalProcess,
  type ProcessInfo,
} from '../helpers/processes.ts';
import { changesSince, processState, restoreProcess } from './process-state.ts';
import { FILE_VARIABLE, runFolder } from './run-folder.ts';

/**
 * Runs round each test file: whatever it began is over when it ends, and what it changed of the process is as it was.
 * Temporary files go below a folder of its own, because TMPDIR says so. What leaked is named, then cleared away, so that
 * the next file, which may have the same process, begins clean.
 */
const folder = mkdtempSync(join(runFolder(), 'f'));
mkdirSync(join(folder, 'tmp'), { mode: 0o700 });
process.env[FILE_VARIABLE] = folder;
process.env['TMPDIR'] = join(folder, 'tmp');
/** From before any test: the runner's own. (Later it has a timer for its reports, but that ends within 100 ms.) */
const before = {
  children: new Set(childrenOf(process.pid).map(({ pid }) => pid)),
  resources: resources(),
  state: processState(),
};

afterAll(async () => {
  try {
    await eventually(() => leaks().length === 0, { deadlineMs: SETTLE_MS });
  } catch {
    const found = leaks();
    for (const { pid } of leakedProcesses()) signalProcess(pid, 'SIGKILL');
    restoreProcess(before.state);
    if (found.length > 0) throw new Error(`this test file leaves behind:\n  ${found.join('\n  ')}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function leaks(): readonly string[] {
  return [
    ...leakedProcesses().map((one) => `process ${describeProcess(one)}`),
    ...leakedResources(),
    ...leakedFiles().map((file) => `file ${file}`),
    ...changesSince(before.state),
  ];
}

/** Our children, and what an sshd of this file's fleets started, also where that sshd is gone. */
function leakedProcesses(): readonly ProcessInfo[] {
  const mark = `${FILE_VARIABLE}=${folder}`;
  return processes().filter(
    ({ pid, parent }) =>
      pid !== process.pid &&
      !before.children.has(pid) &&
      (parent === process.pid || environmentOf(pid).some((entry) => isOurs(entry, mark))),
  );
}

/** A controller in the background gets only what it needs of the environment: no mark, but folders of this file's. */
function isOurs(entry: string, mark: string): boolean {
  return (
    entry === mark ||
    (/^(?:TMPDIR|XDG_RUNTIME_DIR|HOME)=/u.test(entry) && entry.includes(`${folder}/`))
  );
}

/** Sockets, servers, pipes, watchers and timers that keep the process alive, beyond those the runner has itself. */
function leakedResources(): readonly string[] {
  return [...resources()]
    .filter(([kind, count]) => count > (before.resources.get(kind) ?? 0))
    .map(([kind, count]) => `${count - (before.resources.get(kind) ?? 0)} × ${kind}`);
}

function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // Requests on their way end by themselves; message ports are the runner's.
    if (/Req|MessagePort|Immediate|TickObject|Microtask/u.test(kind)) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

function leakedFiles(): readonly string[] {
  const own = readdirSync(folder).filter((name) => name !== 'tmp');
  return [...own, ...readdirSync(join(folder, 'tmp')).map((name) => `tmp/${name}`)];
}

/** What is closing takes a moment. */
const SETTLE_MS = 3_000;
