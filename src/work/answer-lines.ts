import type { WorkContext } from '../model/ports/work.ts';
import type { OutputFilter } from './begin.ts';

/** What a program of ours says on a host, line by line, as Latin-1; what it says as errors goes on as that. */
export class AnswerLines implements OutputFilter {
  readonly #context: Pick<WorkContext, 'write'>;
  readonly #bounds: AnswerBounds;
  readonly #hear: (line: string) => void;
  #rest = '';
  #bytes = 0;

  constructor(
    context: Pick<WorkContext, 'write'>,
    bounds: AnswerBounds,
    hear: (line: string) => void,
  ) {
    this.#context = context;
    this.#bounds = bounds;
    this.#hear = hear;
  }

  take(stream: 'output' | 'error', bytes: Uint8Array): void {
    if (stream === 'error') {
      this.#context.write(stream, bytes);
      return;
    }
    const { line: longest, all = Number.POSITIVE_INFINITY } = this.#bounds;
    this.#bytes += bytes.byteLength;
    if (this.#bytes > all) return;
    const lines = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, longest);
    for (const line of lines) this.#hear(line);
  }

  end(): void {
    this.#rest = '';
  }
}

/** Bytes that are taken at most: of a line that has not ended, and of everything; absent: it is not kept. */
export interface AnswerBounds {
  readonly line: number;
  readonly all?: number;
}
