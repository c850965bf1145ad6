import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { filesBelow } from '../../helpers/files.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

/** Folders of each test's own: what is copied from and to. */
export interface Folders {
  /** On this machine. */
  readonly here: string;
  /** On the hosts, which is this machine, too. */
  readonly there: string;
}

/** New ones for each test of a file, gone when it has ended. */
export function useFolders(): Folders {
  const folders = { here: '', there: '' };
  beforeEach(() => {
    folders.here = temporaryFolder('here');
    folders.there = temporaryFolder('there');
  });
  afterEach(() => {
    rmSync(folders.here, { recursive: true });
    rmSync(folders.there, { recursive: true });
  });
  return folders;
}

/** A file with the folders above it, some years old, as files are that were not made for a test. */
export function putFile(path: string, content: string | Buffer, mode = 0o644): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  utimesSync(path, 1_600_000_000, 1_600_000_000);
  return path;
}

/** Every file below a folder, by its path in it. */
export function namesBelow(folder: string): readonly string[] {
  return filesBelow(folder).map((path) => path.slice(folder.length + 1));
}
