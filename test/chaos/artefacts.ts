import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, processes } from '../helpers/processes.ts';
import type { Rig } from './rig.ts';
import { CANARY } from './starting.ts';

/** Files and processes of the run that hold the secret which jobs were given: what controllers and hosts keep, say and are. */
export function canaries(rig: Rig): readonly string[] {
  const files = [rig.bg.folder, rig.fleet.folder]
    .flatMap(filesBelow)
    .filter((file) => !file.endsWith('.sock'));
  const found = [...files, rig.history.file].filter((file) => readFileSync(file).includes(CANARY));
  const holders = processes()
    .filter(({ pid }) => pid !== process.pid)
    .filter(({ pid, args }) => [...args, ...environmentOf(pid)].join('\n').includes(CANARY));
  return [...found, ...holders.map(({ pid }) => `process ${pid}`)];
}

/** What a controller leaves where it listened; its log and its journal are elsewhere. */
export function leftBehind(rig: Rig): readonly string[] {
  return filesBelow(join(rig.bg.folder, 'muster'));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSocket())
    .map(({ parentPath, name }) => join(parentPath, name));
}
