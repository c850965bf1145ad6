import { safeLine } from '../base/safe-text.ts';
import type { StreamName } from '../model/record.ts';
import type { PhaseObserver } from '../model/ports/transport.ts';

/** Makes records of what a login tells of itself: as much of it as the job's verbosity asks for, and every warning. */
export function observerOf(
  verbosity: 0 | 1 | 2,
  write: (stream: StreamName, data: Uint8Array) => void,
): PhaseObserver {
  const line = (stream: StreamName, text: string): void => write(stream, Buffer.from(`${text}\n`));
  return {
    phase: (phase, ms, detail) => {
      if (verbosity === 0) return;
      const more = detail === null ? '' : ` (${detail})`;
      line('verbose', `${phase} took ${duration(ms)}${more}`);
    },
    // A command may write debug lines too (`::debug::`): these say that they are the conversation.
    trace: verbosity < 2 ? null : (text) => line('debug', `ssh: ${safeLine(text, LONGEST_LINE)}`),
    warning: (text) => line('warning', safeLine(text, LONGEST_LINE)),
  };
}

function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 1 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** A conversation has long lines, of algorithm names above all. */
const LONGEST_LINE = 1000;
