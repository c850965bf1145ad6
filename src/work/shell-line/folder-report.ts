import type { WorkContext } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import { beginning } from '../wrap/take-mark.ts';
import { folderText } from './folder-text.ts';

/**
 * Takes a folder that stands between two marks out of a line's stdout, and reports it; every other byte passes. `mark`
 * begins with a byte that it has nowhere else.
 */
export function takeFolder(
  mark: Buffer,
  context: Pick<WorkContext, 'write' | 'report'>,
): OutputFilter {
  let held: Buffer = NOTHING;
  let stage: 'before' | 'within' | 'after' = 'before';
  const pass = (bytes: Buffer): void => {
    if (bytes.length > 0) context.write('output', bytes);
  };
  /** The mark, its beginning at the end of `data`, or neither; what comes before it passes. */
  const look = (data: Buffer): void => {
    const at = data.indexOf(mark);
    const from = at === -1 ? beginning(data, mark) : at;
    pass(data.subarray(0, from));
    held = data.subarray(from);
    if (at === -1) return;
    stage = 'within';
    close();
  };
  const close = (): void => {
    const end = held.indexOf(mark, mark.length);
    if (end === -1 && held.length <= LONGEST) return;
    stage = 'after';
    if (end === -1) pass(held);
    else {
      context.report({ cwd: folderText(held.subarray(mark.length, end)) });
      pass(held.subarray(end + mark.length));
    }
    held = NOTHING;
  };
  return {
    take: (stream, bytes) => {
      if (stream === 'error') context.write(stream, bytes);
      else if (stage === 'after') pass(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      else {
        const data = Buffer.concat([held, bytes]);
        if (stage === 'before') look(data);
        else {
          held = data;
          close();
        }
      }
    },
    end: () => {
      pass(held);
      held = NOTHING;
    },
  };
}

const NOTHING = Buffer.alloc(0);
/** Bytes. No host has a longer path. */
const LONGEST = 65_536;
