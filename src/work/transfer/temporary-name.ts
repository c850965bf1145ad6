import { hash } from 'node:crypto';

/** What makes a file the same file, as far as its name and attributes tell. */
export interface FileFacts {
  readonly size: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/**
 * The name under which a file grows beside where it will be: `.NAME.muster-XXXXXXXXXXXX`. The same file gets the same
 * name again, so that what an earlier attempt has left is found.
 */
export function temporaryName(name: string, { size, mtime }: FileFacts): string {
  const facts = JSON.stringify([name, size, Math.floor(mtime)]);
  const mark = hash('sha256', facts).slice(0, MARK_LENGTH);
  return `.${beginning(name)}.muster-${mark}`;
}

/** As much of a name as leaves room for the mark; no character is cut in two. */
function beginning(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  return Buffer.from(name)
    .subarray(0, LONGEST)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '');
}

const MARK_LENGTH = 12;
/** Of the 255 bytes that a name may have on most systems. */
const LONGEST = 200;

/** Whether a file is there only because a transfer has not come to its end. */
export function isTemporary(name: string): boolean {
  return /^\..*\.muster-[0-9a-f]{12}$/su.test(name);
}
