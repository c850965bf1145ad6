import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** A file of lines, 0600, that only this process writes. What it holds is whole lines, also where the disk is full. */
export class LineFile {
  readonly #path: string;
  #file: number;
  #size: number;
  /** Bytes since it was last replaced. */
  written = 0;

  private constructor(path: string, file: number, size: number) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
  }

  /** Puts these lines in place of whatever is there. Throws what the file system throws. */
  static replacing(path: string, lines: readonly string[]): LineFile {
    const { file, size } = replaced(path, lines);
    return new LineFile(path, file, size);
  }

  /** Throws where there is no room: then nothing of the line is there. */
  add(line: string): void {
    const bytes = Buffer.from(`${line}\n`);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      // The next line would be taken for the rest of this one, and both be lost.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.written += bytes.length;
  }

  clear(): void {
    ftruncateSync(this.#file);
    this.#size = 0;
    this.written = 0;
  }

  /** In one step: there is the whole of the old one, or the whole of the new. Where it throws, it is the old one. */
  replace(lines: readonly string[]): void {
    const { file, size } = replaced(this.#path, lines);
    closeSync(this.#file);
    this.#file = file;
    this.#size = size;
    this.written = 0;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function replaced(path: string, lines: readonly string[]): { file: number; size: number } {
  const next = `${path}.new`;
  rmSync(next, { force: true });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  try {
    writeFileSync(next, bytes, { mode: 0o600, flag: 'wx' });
    const { O_WRONLY, O_APPEND, O_NOFOLLOW } = constants;
    const file = openSync(next, O_WRONLY | O_APPEND | O_NOFOLLOW);
    try {
      renameSync(next, path);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return { file, size: bytes.length };
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
