import { createInterface } from 'node:readline';
import type { Shell } from '../shell.ts';

/** Where lines come from: a terminal with editing and history, or a pipe. */
export interface LineSource {
  next(prompt: string): Promise<NextLine>;
  close(): void;
}

export type NextLine =
  | { readonly kind: 'line'; readonly text: string }
  /** Ctrl-C was pressed at the prompt. */
  | { readonly kind: 'interrupted' }
  /** There are no more. */
  | { readonly kind: 'end' };

/**
 * A terminal is in its raw mode only while a line is typed: while a command runs, Ctrl-C is a signal as ever. So each
 * line has a reader of its own, and the history goes from one to the next.
 */
export function terminalLines(shell: Shell): LineSource {
  let history: string[] = [];
  /** Lines that were pasted together with the first. */
  const waiting: string[] = [];
  return {
    next: async (prompt) => {
      const pasted = waiting.shift();
      if (pasted !== undefined) return { kind: 'line', text: pasted };
      const reader = createInterface({
        input: shell.stdin,
        output: shell.stdout,
        prompt,
        terminal: true,
        history,
        historySize: HISTORY,
        removeHistoryDuplicates: true,
      });
      reader.on('history', (kept: string[]) => {
        history = [...kept];
      });
      try {
        return await new Promise((resolve) => {
          let first: string | null = null;
          reader.on('line', (line) => {
            if (first !== null) {
              waiting.push(line);
              return;
            }
            first = line;
            // What came in one piece is all here before the next turn.
            void Promise.resolve().then(() => resolve({ kind: 'line', text: line }));
          });
          reader.on('SIGINT', () => resolve({ kind: 'interrupted' }));
          reader.on('close', () => {
            if (first === null) resolve({ kind: 'end' });
          });
          reader.prompt();
        });
      } finally {
        reader.close();
      }
    },
    close: () => undefined,
  };
}

/** Lines of a pipe or a file: no prompt, no editing. */
export function pipedLines(shell: Shell): LineSource {
  const reader = createInterface({ input: shell.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const lines = reader[Symbol.asyncIterator]();
  return {
    next: async () => {
      const line = await lines.next();
      return line.done === true ? { kind: 'end' } : { kind: 'line', text: line.value };
    },
    close: () => reader.close(),
  };
}

const HISTORY = 1000;
