import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { whileLinkLocked } from '../../base/link-lock.ts';
import { digestOf, lineAfter, NO_HEAD, parseLine, type Head, type LineKind } from './line.ts';

export interface NewLine {
  readonly kind: LineKind;
  readonly content: object;
}

/** The audit log cannot be what it is to be. The message says of the file what is wrong with it. */
export class AuditFileError extends Error {
  override readonly name = 'AuditFileError';
}

/**
 * Appends lines to the log of that path, which is made, 0600, where there is none, while no other process does: each holds
 * the digest of the one before. `sync`: returns once they are on the disk. Throws what the file system does, LockBusyError,
 * and AuditFileError.
 */
export function appendLines(path: string, lines: readonly NewLine[], sync: boolean): void {
  const file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const stats = fstatSync(file);
    check(stats);
    whileLinkLocked(`${path}.lock`, () => writeAll(file, textAfter(file, lines)));
    if (!sync) return;
    // What others have appended meanwhile is made sure of, too; nobody waits for the lock meanwhile.
    fsyncSync(file);
    if (stats.size === 0) syncFolder(dirname(path));
  } finally {
    closeSync(file);
  }
}

function check(stats: Stats): void {
  if (!stats.isFile()) throw new AuditFileError('is no plain file');
  if (stats.uid !== process.geteuid?.())
    throw new AuditFileError(`belongs to another user (${stats.uid})`);
  if ((stats.mode & OTHERS) === 0) return;
  const mode = (stats.mode & 0o7777).toString(8).padStart(4, '0');
  throw new AuditFileError(`is open to others (mode ${mode})`);
}

function textAfter(file: number, lines: readonly NewLine[]): string {
  const { size } = fstatSync(file);
  const last = lineBefore(file, size);
  let head = headOf(last);
  let text = '';
  const add = (kind: LineKind, content: object): void => {
    const next = lineAfter(head, kind, content);
    head = next.head;
    text += `${next.text}\n`;
  };
  if (last.isTorn) {
    text = '\n';
    head = { n: headOf(lineBefore(file, last.start)).n + 1, digest: digestOf(last.bytes) };
    add('torn', {});
  }
  for (const { kind, content } of lines) add(kind, content);
  return text;
}

function headOf({ bytes, isTorn }: LastLine): Head {
  if (bytes.length === 0) return NO_HEAD;
  const line = parseLine(bytes);
  if (line === null && !isTorn)
    throw new AuditFileError('ends with a line that is none of an audit log');
  return { n: line?.n ?? 0, digest: digestOf(bytes) };
}

interface LastLine {
  /** Without its line feed. */
  readonly bytes: Buffer;
  readonly start: number;
  /** It has no line feed. */
  readonly isTorn: boolean;
}

/** The line that ends where the first `size` bytes do. */
function lineBefore(file: number, size: number): LastLine {
  for (let length = FIRST_LOOK; ; length *= 8) {
    const from = Math.max(0, size - length);
    const tail = read(file, from, size - from);
    const isTorn = tail.length > 0 && tail.at(-1) !== LINE_FEED;
    const end = isTorn ? tail.length : Math.max(0, tail.length - 1);
    // -1 looks at the last byte, as everywhere.
    const before = end === 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1);
    if (before !== -1 || from === 0)
      return { bytes: tail.subarray(before + 1, end), start: from + before + 1, isTorn };
  }
}

function read(file: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let at = 0;
  while (at < length) {
    const count = readSync(file, bytes, at, length - at, from + at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** The file's name is on the disk, too. */
function syncFolder(folder: string): void {
  const file = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
const OTHERS = 0o077;
const LINE_FEED = 0x0a;
/** In bytes: of children, and of jobs on few hosts. */
const FIRST_LOOK = 4096;
