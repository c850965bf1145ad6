import { constants } from 'node:fs';
import { mkdir, open, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { safeLine } from '../base/safe-text.ts';
import { errorCode } from '../base/system-error.ts';
import { ConfigError } from '../model/errors.ts';
import type { ChildView } from '../model/job.ts';
import type { StreamName } from '../model/record.ts';
import { isFinished } from '../model/state.ts';
import { fileNameOf } from '../base/file-name.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { plural } from './style.ts';

/** Makes the directory (0700) where there is none. Throws ConfigError; call it before any host is touched. */
export async function openOutputDir(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (!(await stat(directory)).isDirectory()) throw new Error('not a directory');
  } catch (cause) {
    const message = `cannot use the output directory ${safeLine(directory)}: ${reasonOf(cause)}`;
    throw new ConfigError('usage', message, { cause });
  }
}

/**
 * One file per host and stream: `web1.out` and `web1.err`, bytes as they came, empty where nothing came, so that no file
 * of an earlier run stands for this one. Each is created anew (0600); what had its name is unlinked first, never
 * followed or written through. A file that cannot be written is reported on stderr at once, the job goes on, and `end`
 * rejects with an OutputDirError. Where several of the children have one host, all but the first of `inOrder` have files
 * with a number; of those that are not in it, the first to come.
 */
export function outputDir(
  directory: string,
  stderr: Output,
  inOrder: readonly Pick<ChildView, 'id' | 'host'>[] = [],
): Part {
  const taken = new Set<string>();
  const children = new Map<number, ChildFiles>();
  const ended = new Set<number>();
  const lost = new Map<number, number>();
  let failed = 0;

  const filesOf = (childId: number, host: string): ChildFiles => {
    const known = children.get(childId);
    if (known !== undefined) return known;
    const files = { base: freeName(fileNameOf(host), taken), handles: new Map() };
    children.set(childId, files);
    return files;
  };

  for (const { id, host } of inOrder) filesOf(id, host);

  const attempt = async (path: string, action: () => Promise<void>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (error) {
      failed += 1;
      await stderr.write(`muster: cannot write ${safeLine(path)}: ${reasonOf(error)}\n`);
      return false;
    }
  };

  const append = async (
    files: ChildFiles,
    stream: StreamName,
    data: Uint8Array,
  ): Promise<boolean> => {
    if (files.handles.get(stream) === null) return false;
    const path = join(directory, files.base + endingOf(stream));
    const written = await attempt(path, async () => {
      const handle = files.handles.get(stream) ?? (await create(path));
      files.handles.set(stream, handle);
      await writeWhole(handle, data);
    });
    if (written) return true;
    await files.handles.get(stream)?.close();
    files.handles.set(stream, null);
    return false;
  };

  const endChild = async (childId: number, host: string): Promise<void> => {
    if (ended.has(childId)) return;
    ended.add(childId);
    const files = filesOf(childId, host);
    for (const stream of ALWAYS) await append(files, stream, NOTHING);
    for (const [stream, handle] of files.handles) {
      if (handle === null) continue;
      await attempt(join(directory, files.base + endingOf(stream)), () => handle.close());
    }
    children.delete(childId);
  };

  return {
    async record({ jobId, host, record }) {
      const { seq, stream, data } = record;
      const isWritten = await append(filesOf(jobId, host), stream, data);
      if (!isWritten && !lost.has(jobId)) lost.set(jobId, seq);
    },
    unwritten(childId) {
      const first = lost.get(childId);
      return first === undefined ? [] : [first];
    },
    async state({ jobId, host, to }) {
      if (host !== null && isFinished(to)) await endChild(jobId, host);
    },
    async end({ job }) {
      for (const { id, host } of job.children) await endChild(id, host);
      if (failed > 0) throw new OutputDirError(directory, failed);
    },
  };
}

/** Some of what hosts said is not in the directory. Which files was said as it happened. */
export class OutputDirError extends Error {
  override readonly name = 'OutputDirError';

  constructor(directory: string, count: number) {
    super(`${plural(count, 'file')} in ${safeLine(directory)} could not be written whole`);
  }
}

interface ChildFiles {
  readonly base: string;
  /** null: it cannot be written, and nothing more is tried. */
  readonly handles: Map<StreamName, FileHandle | null>;
}

async function create(path: string): Promise<FileHandle> {
  try {
    await unlink(path);
  } catch (error) {
    // Nothing to put out of the way. Any other trouble comes back when the file is created.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

/** A write may take a part only; what is left is written again. */
async function writeWhole(handle: FileHandle, data: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < data.byteLength) {
    const { bytesWritten } = await handle.write(data, offset);
    offset += bytesWritten;
  }
}

/** Two hosts may differ in letter case alone, which not every file system tells apart. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}~${number}`;
  taken.add(free.toLowerCase());
  return free;
}

function endingOf(stream: StreamName): string {
  if (stream === 'output') return '.out';
  return stream === 'error' ? '.err' : `.${stream}`;
}

function reasonOf(error: unknown): string {
  return safeLine(error instanceof Error ? error.message : String(error));
}

const ALWAYS: readonly StreamName[] = ['output', 'error'];
const NOTHING = new Uint8Array(0);
