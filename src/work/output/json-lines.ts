import { isUtf8 } from 'node:buffer';
import type { LineKind } from './line-picker.ts';

/**
 * Lines that hold one JSON object and nothing else (RFC 8259; blanks round it are allowed). The last line of all may be
 * without its line feed: where an object ends it tells itself.
 */
export function jsonLines(write: (line: Buffer) => void): LineKind<'object'> {
  return {
    mayBegin: (byte) =>
      byte === BRACE || byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN,
    readHead: (text) => {
      if (OBJECT.test(text)) return 'object';
      return text.length < HEAD_LENGTH && BLANK.test(text) ? 'more' : null;
    },
    headLength: HEAD_LENGTH,
    longest: LONGEST,
    next: (data, at) => {
      const end = data.indexOf(LINE_FEED, at) + 1;
      return end === 0 || end === data.length ? -1 : end;
    },
    pick: (_head, line) => {
      if (!holdsObject(line)) return false;
      write(line);
      return true;
    },
  };
}

function holdsObject(line: Buffer): boolean {
  // Cheaper than an exception, where many lines are cut or something else.
  if (!isUtf8(line) || !line.toString('latin1').trimEnd().endsWith('}')) return false;
  try {
    // It begins with a brace: what is read is an object.
    const value: unknown = JSON.parse(line.toString());
    return line.length <= DEEPEST || isShallow(value);
  } catch (error) {
    // A host may print anything.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Whoever reads the record may do so by recursion: a host must not exhaust their stack. */
function isShallow(value: unknown): boolean {
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth === DEEPEST) return false;
    level = level.flatMap((one): readonly unknown[] => Object.values(one)).filter(isNested);
  }
  return true;
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const OBJECT = /^[ \t\r]*\{/u;
const BLANK = /^[ \t\r]*$/u;
/** A line with more blanks before its object is not taken for one. */
const HEAD_LENGTH = 256;
/** Bytes. */
const LONGEST = 1_048_576;
/** Levels; each takes a byte at least. */
const DEEPEST = 100;
const BRACE = 0x7b;
const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
