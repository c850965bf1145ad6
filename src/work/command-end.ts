import { safeLine } from '../base/safe-text.ts';
import { DEADLINES } from '../model/deadlines.ts';
import { FailureError } from '../model/failure.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { ChannelEnd } from '../model/ports/transport.ts';

/** What had come of a command when contact ended. */
export interface Received {
  readonly ms: number;
  readonly bytes: number;
}

/** How a command ended that nobody ended. Throws where its end is not known: it may run still. */
export function endOf(end: ChannelEnd, received: Received): WorkEnd {
  switch (end.kind) {
    case 'exit':
      return { kind: 'exit', code: end.code, ...noted(end.drained ? [] : [STILL_OPEN]) };
    case 'signal': {
      const notes = [safeLine(end.text), end.drained ? '' : STILL_OPEN].filter(Boolean);
      const signal = safeLine(end.signal, LONGEST_SIGNAL) || 'unknown';
      return { kind: 'signal', signal, core: end.core, ...noted(notes) };
    }
    case 'no-status':
      throw unknown('no-status', `ended without an exit status after ${so(received)}`);
    case 'lost':
      // The transport's sentence says when, after how much, and why.
      throw unknown('lost', end.reason, end.via);
    case 'closed':
      throw unknown('lost', `connection closed by this side after ${so(received)}`);
  }
}

function so({ ms, bytes }: Received): string {
  return `${(ms / 1000).toFixed(1)} s and ${bytes} bytes; the command may still run`;
}

function unknown(
  code: 'no-status' | 'lost',
  message: string,
  via: string | null = null,
): FailureError {
  return new FailureError({
    phase: 'run',
    code,
    message: safeLine(message),
    mayHaveRun: true,
    via,
  });
}

function noted(notes: readonly string[]): { readonly note?: string } {
  return notes.length === 0 ? {} : { note: safeLine(notes.join('; ')) };
}

const STILL_OPEN = `output still open: drained for ${DEADLINES.drainMs / 1000} s, then cut`;
const LONGEST_SIGNAL = 32;
