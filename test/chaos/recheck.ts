import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosResult } from './chaos.ts';
import { check } from './checker/check.ts';
import { makeBlobs } from './commands.ts';
import type { Timed } from './history.ts';
import { Random } from './random.ts';

/** Checks a history that was kept, as the checker is now. Throws where it is none. */
export function recheck(folder: string): { readonly seed: number; readonly result: ChaosResult } {
  const file = join(folder, 'history.jsonl');
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as Timed);
  const [first] = entries;
  if (first?.what !== 'begin') throw new Error(`${file} does not begin as a history does`);
  // As the run itself has made them.
  const blobs = makeBlobs(folder, new Random(first.seed).fork());
  return {
    seed: first.seed,
    result: { violations: check(entries, blobs), history: { entries, file } },
  };
}
