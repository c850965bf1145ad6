import type { OutputFilter } from '../begin.ts';

/** Takes a mark out of a command's stdout, once; every other byte passes. */
export function takeMark(
  mark: Buffer,
  next: OutputFilter,
): OutputFilter & { readonly isThere: Promise<void> } {
  let held: Buffer = Buffer.alloc(0);
  let isThrough = false;
  let tell = (): void => undefined;
  const isThere = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const pass = (bytes: Uint8Array): void => {
    if (bytes.length > 0) next.take('output', bytes);
  };
  const look = (data: Buffer): void => {
    const at = data.indexOf(mark);
    const from = at === -1 ? beginning(data, mark) : at;
    pass(data.subarray(0, from));
    held = data.subarray(from);
    if (at === -1) return;
    isThrough = true;
    tell();
    pass(held.subarray(mark.length));
  };
  return {
    isThere,
    take: (stream, bytes) => {
      if (stream === 'error' || isThrough) next.take(stream, bytes);
      else look(Buffer.concat([held, bytes]));
    },
    end: () => {
      if (!isThrough) pass(held);
      next.end();
    },
  };
}

/** Where the end of `data` may begin the mark; the length of `data` where it does not. */
export function beginning(data: Buffer, mark: Buffer): number {
  for (let at = Math.max(0, data.length - mark.length + 1); at < data.length; at += 1) {
    if (data[at] === mark[0] && data.subarray(at).equals(mark.subarray(0, data.length - at))) {
      return at;
    }
  }
  return data.length;
}
