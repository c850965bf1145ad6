import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { musterProgram } from '../setup/build.ts';

/** The command as it is shipped, but for its wall clock, which is ahead of the machine's, or behind, by what a file says. */
export class WallClock {
  readonly program: string;
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'clock-ahead');
    this.program = join(folder, 'muster.mjs');
    this.set(0);
    writeFileSync(this.program, shim(this.#file, musterProgram()));
  }

  /** Milliseconds; every process of the run sees it within a moment, controllers that begin later from their first look. */
  set(aheadMs: number): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${Math.round(aheadMs)}`);
    renameSync(next, this.#file);
  }
}

/** src reads the wall clock by Date.now alone, see src/base/clock.ts. */
function shim(file: string, program: string): string {
  return `import { readFileSync } from 'node:fs';
const now = Date.now;
let ahead = 0;
const look = () => { ahead = Number(readFileSync(${JSON.stringify(file)}, 'latin1')); };
look();
setInterval(look, 100).unref();
Date.now = () => now() + ahead;
await import(${JSON.stringify(pathToFileURL(program).href)});
`;
}
