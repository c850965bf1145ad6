import type { Readable } from 'node:stream';

/** Lines of a stream, as they are asked for. */
export interface InputLines {
  /** Without its line end; null: there is no more. */
  next(): Promise<string | null>;
}

export function inputLines(stream: Readable): InputLines {
  const chunks = stream[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let text = '';
  let isOver = false;
  return {
    next: async () => {
      while (!isOver && !text.includes('\n')) {
        const chunk: IteratorResult<unknown> = await chunks.next();
        if (chunk.done === true) isOver = true;
        else if (chunk.value instanceof Uint8Array)
          text += decoder.decode(chunk.value, { stream: true });
      }
      if (text === '') return null;
      const [line = '', ...rest] = text.split('\n');
      text = rest.join('\n');
      return line.endsWith('\r') ? line.slice(0, -1) : line;
    },
  };
}
