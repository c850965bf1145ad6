import { closeSync, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { abortReason, throwIfAborted } from '../base/abort.ts';
import { visible } from '../base/safe-text.ts';

/**
 * Asks one question at the terminal; `secret`: what is typed is not shown. Aborting the signal takes the question back, and
 * rejects.
 */
export type AskAtTerminal = (
  question: string,
  secret: boolean,
  signal?: AbortSignal,
) => Promise<string>;

/**
 * Asks on the terminal itself (tty(4)), so that standard input stays free for data. null: there is no terminal, nobody
 * can be asked. `interrupt` is called for Ctrl-C, which the terminal no longer makes a signal of while keys are read.
 */
export function terminalQuestions(
  cancelled: AbortSignal,
  interrupt: () => void,
): AskAtTerminal | null {
  try {
    closeSync(openSync(TERMINAL, 'r+'));
  } catch {
    // No controlling terminal (ENXIO), or none at all: keys with a passphrase cannot be used, and the transport says so.
    return null;
  }
  let last: Promise<unknown> = Promise.resolve();
  return (question, secret, signal) => {
    const over = signal === undefined ? cancelled : AbortSignal.any([cancelled, signal]);
    // One question at a time, whoever asks.
    const answer = last.then(() => ask(`${question}: `, secret, over, interrupt));
    last = answer.catch(() => undefined);
    return answer;
  };
}

async function ask(
  question: string,
  secret: boolean,
  cancelled: AbortSignal,
  interrupt: () => void,
): Promise<string> {
  throwIfAborted(cancelled);
  const input = new ReadStream(openSync(TERMINAL, 'r'));
  const output = new WriteStream(openSync(TERMINAL, 'w'));
  const stop = (): void => {
    input.setRawMode(false);
    input.destroy(abortReason(cancelled));
  };
  cancelled.addEventListener('abort', stop, { once: true });
  try {
    input.setRawMode(true);
    output.write(question);
    const show = (typed: string): void => {
      if (!secret) output.write(`\r${ERASE_TO_END}${question}${visible(typed)}`);
    };
    return await readKeys(input, show, interrupt);
  } finally {
    cancelled.removeEventListener('abort', stop);
    if (!input.destroyed) input.setRawMode(false);
    output.write('\n');
    input.destroy();
    output.end();
  }
}

async function readKeys(
  input: ReadStream,
  show: (typed: string) => void,
  interrupt: () => void,
): Promise<string> {
  let typed = '';
  input.setEncoding('utf8');
  for await (const chunk of input) {
    for (const key of String(chunk)) {
      if (key === '\r' || key === '\n' || key === END_OF_FILE) return typed;
      if (key === INTERRUPT) interrupt();
      else if (key === BACKSPACE || key === '\b') typed = typed.slice(0, -1);
      else if (key === ERASE_LINE) typed = '';
      else typed += key;
    }
    show(typed);
  }
  throw new Error('the terminal was closed');
}

const TERMINAL = '/dev/tty';
const INTERRUPT = '\u0003';
const END_OF_FILE = '\u0004';
const BACKSPACE = '\u007f';
/** ECMA-48, EL. */
const ERASE_TO_END = '\u001B[K';
/** Ctrl-U. */
const ERASE_LINE = '\u0015';
