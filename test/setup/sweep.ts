import { rmSync } from 'node:fs';
import { accountRuns, removePlainAccount } from '../fleet/account.ts';
import { removePamServices } from '../fleet/pam.ts';
import { environmentOf, processes, signalProcess } from '../helpers/processes.ts';
import { crashedRunFolders, isAlive } from './run-folder.ts';

/** Ends the processes, and removes the folders, accounts and PAM services, of runs that did not get to their own teardown. */
export function sweepCrashedRuns(): void {
  for (const { folder } of crashedRunFolders()) {
    for (const one of processes()) {
      const said = [...one.args, ...environmentOf(one.pid)];
      if (said.some((word) => word.includes(`${folder}/`))) signalProcess(one.pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.getuid?.() !== 0) return;
  for (const pid of accountRuns()) {
    if (!isAlive(pid)) removePlainAccount(pid);
  }
  removePamServices((pid) => !isAlive(pid));
}
