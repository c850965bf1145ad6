import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { ByteBuffer } from '../base/byte-buffer.ts';
import { ConfigError } from '../model/errors.ts';
import { usageError } from './usage-error.ts';

/** How standard input is taken apart. */
export interface ItemOptions {
  /** Items end with NUL; else with their line. */
  readonly null: boolean;
  /** More are refused. */
  readonly most: number;
}

/**
 * The items of standard input, to its end: lines without their line feeds, or what stands between NULs, each byte for byte
 * as it came. Empty ones are passed over, as xargs(1) does. Throws ConfigError for what is no text.
 */
export async function readItems(
  stream: Readable,
  options: ItemOptions,
): Promise<readonly string[]> {
  if ('isTTY' in stream && stream.isTTY === true) {
    throw usageError(
      'the items are read from standard input, which is a terminal',
      "give them by a pipe, as in: printf '%s\\n' one two | muster each -- echo {}",
    );
  }
  const end = options.null ? NUL : LINE_FEED;
  const items: string[] = [];
  const partial = new ByteBuffer();
  let line = 0;
  let bytes = 0;
  const add = (item: Buffer): void => {
    line += 1;
    if (item.length === 0) return;
    items.push(textOf(item, line, options));
    if (items.length > options.most) throw tooMany(options);
  };
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw usageError('standard input is too large');
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let at = rest.indexOf(end); at !== -1; at = rest.indexOf(end)) {
      partial.append(rest.subarray(0, at));
      add(Buffer.from(partial.concat()));
      partial.clear();
      rest = rest.subarray(at + 1);
    }
    partial.append(rest);
  }
  if (partial.size > 0) add(Buffer.from(partial.concat()));
  return items;
}

function textOf(item: Buffer, line: number, options: ItemOptions): string {
  const where = `standard input: ${options.null ? 'item' : 'line'} ${line}`;
  if (!isUtf8(item)) throw usageError(`${where} is not valid UTF-8`, 'items are text');
  if (item.includes(NUL)) {
    throw usageError(`${where} holds a NUL character`, '--null takes items that end with NUL');
  }
  return item.toString('utf8');
}

function tooMany({ most }: ItemOptions): ConfigError {
  return new ConfigError('too-many-hosts', `there are more than ${most} items`, {
    hint: '--max-hosts allows more',
  });
}

const NUL = 0;
const LINE_FEED = 0x0a;
/** All items are known before the first begins; a list of more is no list of things to do. */
const MOST_BYTES = 64 * 1024 * 1024;
