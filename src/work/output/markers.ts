import { safeLine } from '../../base/safe-text.ts';
import type { Progress } from '../../model/job.ts';
import type { StreamName } from '../../model/record.ts';
import type { LineKind } from './line-picker.ts';

/** What a line says by its beginning, and where its text begins. */
export interface MarkerHead {
  readonly stream: StreamName;
  /** 0 to 100, of a marker of progress. */
  readonly percent: number;
  readonly textAt: number;
}

/** Where marked lines go. */
export interface MarkerSink {
  write(stream: StreamName, data: Uint8Array): void;
  progress(progress: Progress): void;
}

/**
 * Lines by which a command speaks on the streams that SSH does not have: `::warning::text`, the same of `verbose`, `debug`
 * and `information`, and `::progress 40::text`. Their record is the text and a line feed (a carriage return before it, as
 * terminals have it, goes); that of progress is `40% text`. A line without its line feed is none.
 */
export function markerLines(sink: MarkerSink): LineKind<MarkerHead> {
  return {
    mayBegin: (byte) => byte === COLON,
    readHead,
    headLength: HEAD_LENGTH,
    longest: LONGEST,
    next: (data, at) => {
      const found = data.indexOf(LINE_AND_COLONS, at);
      return found === -1 ? -1 : found + 1;
    },
    pick: (head, line, isTerminated) => {
      if (!isTerminated) return false;
      const end = line.length - (line.at(-2) === CARRIAGE_RETURN ? 2 : 1);
      // Its own bytes: a few of a large piece would hold all of that.
      const text = Buffer.from(line.subarray(head.textAt, Math.max(head.textAt, end)));
      if (head.stream !== 'progress') {
        sink.write(head.stream, Buffer.concat([text, LINE_FEED]));
        return true;
      }
      const { percent } = head;
      const space = text.length === 0 ? '' : ' ';
      sink.write('progress', Buffer.concat([Buffer.from(`${percent}%${space}`), text, LINE_FEED]));
      sink.progress({ percent, text: safeLine(text.toString()) });
      return true;
    },
  };
}

function readHead(text: string): MarkerHead | 'more' | null {
  const word = WORDS.find(([beginning]) => text.startsWith(beginning));
  if (word !== undefined) return { stream: word[1], percent: 0, textAt: word[0].length };
  const progress = PROGRESS.exec(text);
  if (progress !== null) {
    const percent = Math.min(100, Math.max(0, Number(progress[1])));
    return { stream: 'progress', percent, textAt: progress[0].length };
  }
  if (text.length === HEAD_LENGTH) return null;
  const isBegun = WORDS.some(([beginning]) => beginning.startsWith(text));
  return isBegun || PROGRESS_BEGUN.test(text) || '::progress '.startsWith(text) ? 'more' : null;
}

const WORDS: readonly (readonly [beginning: string, stream: StreamName])[] = [
  ['::warning::', 'warning'],
  ['::verbose::', 'verbose'],
  ['::debug::', 'debug'],
  ['::information::', 'information'],
];
const PROGRESS = /^::progress ([+-]?(?:\d+\.?\d*|\.\d+))::/u;
const PROGRESS_BEGUN = /^::progress [+-]?\d*\.?\d*:?$/u;
/** With the longest number that anybody will write. */
const HEAD_LENGTH = 64;
/** Bytes. A line of more is not what somebody has to say. */
const LONGEST = 65_536;
const COLON = 0x3a;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = Buffer.from('\n');
const LINE_AND_COLONS = Buffer.from('\n::');
