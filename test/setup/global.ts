import { rmSync } from 'node:fs';
import { removePlainAccount } from '../fleet/account.ts';
import { buildIfStale } from './build.ts';
import { requireTools } from './tools.ts';
import { makeRunFolder } from './run-folder.ts';
import { sweepCrashedRuns } from './sweep.ts';

/** Once a run, before any worker: clears what crashed runs left, sees to the tools and the build. */
export function setup(): () => void {
  sweepCrashedRuns();
  requireTools();
  const folder = makeRunFolder();
  buildIfStale();
  return () => {
    removePlainAccount(process.pid);
    rmSync(folder, { recursive: true, force: true });
  };
}
