import type { ClientChannel } from '../ssh2.ts';

/**
 * Bounds what a paused stream can be made to hold. ssh2 does not check that a server keeps to its window, and would
 * take hundreds of megabytes from one that does not. Returns what takes the guard off again.
 */
export function guardOverrun(
  stream: ClientChannel | ClientChannel['stderr'],
  burst: () => void,
): () => void {
  const push = stream.push.bind(stream);
  stream.push = (chunk: Buffer | null) => {
    if (chunk !== null && stream.readableLength + chunk.length > MOST_BUFFERED) {
      burst();
      return false;
    }
    return push(chunk);
  };
  return () => {
    delete (stream as Partial<typeof stream>).push;
  };
}

/** A paused stream takes 2 MiB of its own buffer and 2 MiB of window; what comes beyond twice that breaks the rules. */
const MOST_BUFFERED = 8 * 1024 * 1024;
