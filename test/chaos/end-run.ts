import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { descendantsOf, environmentOf, processes, signalProcess } from '../helpers/processes.ts';
import { runFolder } from '../setup/run-folder.ts';

/**
 * Ends whatever this run has begun, on its hosts as well, and removes its folders: somebody has interrupted it, or it failed
 * itself. Servers may be gone already, as a terminal interrupts them too; what they had begun names the folder of the run.
 */
export async function endRun(folders: readonly string[]): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let left = ours(); left.length > 0 && performance.now() < until; left = ours()) {
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await pause(LOOK_MS);
  }
  for (const folder of [...folders, runFolder()]) rmSync(folder, { recursive: true, force: true });
}

function ours(): readonly number[] {
  const named = `${runFolder()}/`;
  const below = new Set(descendantsOf(process.pid).map(({ pid }) => pid));
  return processes()
    .filter(({ pid }) => pid !== process.pid)
    .filter(
      ({ pid, args }) =>
        below.has(pid) || [...args, ...environmentOf(pid)].some((word) => word.includes(named)),
    )
    .map(({ pid }) => pid);
}

const LOOK_MS = 100;
const PATIENCE_MS = 10_000;
