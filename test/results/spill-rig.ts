import * as fs from 'node:fs';
import { join } from 'node:path';
import { SpillFile, type FileSystem } from '../../src/results/spill-file.ts';

/** A spill file on the real disk, and what was asked of the system for it. */
export interface SpillRig {
  readonly file: SpillFile;
  readonly folder: string;
  /** What the disk says of itself; changed, it lies. */
  readonly disk: { type: number; free: number; total: number };
  /** Writes fail with this code from so many bytes of the file on. */
  readonly fault: { code: string | null; from: number };
  /** How long each write was. */
  readonly writes: number[];
  /** How long the file is; null: there is none. */
  size(): number | null;
  /** Who may do what with it; null: there is none. */
  mode(): number | null;
}

/** `base`: a folder that is there; the file's is one in it that is not. */
export function spillRig(base: string): SpillRig {
  const folder = join(base, `${(rigs += 1)}`, 'state');
  const disk = { type: 0xef53, free: 1e12, total: 2e12 };
  const fault: SpillRig['fault'] = { code: null, from: 0 };
  const writes: number[] = [];
  let open: number | null = null;
  const system: FileSystem = {
    ...fs,
    openSync: (...request: Parameters<typeof fs.openSync>) => (open = fs.openSync(...request)),
    closeSync: (file: number) => {
      open = null;
      fs.closeSync(file);
    },
    writeSync: ((file: number, bytes: Uint8Array, at: number, length: number, to: number) => {
      const end = fault.code === null ? Number.POSITIVE_INFINITY : fault.from;
      if (to >= end) throw Object.assign(new Error('no room'), { code: fault.code });
      writes.push(length);
      return fs.writeSync(file, bytes, at, Math.min(length, end - to), to);
    }) as typeof fs.writeSync,
    statfsSync: (() => ({
      type: disk.type,
      bsize: 1,
      blocks: disk.total,
      bavail: disk.free,
    })) as unknown as typeof fs.statfsSync,
  };
  const file = new SpillFile(folder, system);
  return {
    file,
    folder,
    disk,
    fault,
    writes,
    size: () => (open === null ? null : fs.fstatSync(open).size),
    mode: () => (open === null ? null : fs.fstatSync(open).mode & 0o777),
  };
}

let rigs = 0;
