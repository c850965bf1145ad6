import { Writable } from 'node:stream';
import type { Ora } from 'ora';
import type { Clock, Timer } from '../base/clock.ts';
import { isFinished } from '../model/state.ts';
import type { Part } from './part.ts';
import { Percents } from './percents.ts';
import type { Output } from './presenter.ts';

/** One line on a terminal's stderr that says how far the job is. Other output goes through `around`. */
export interface Progress extends Part {
  /** The output, with the line taken away before each write. It comes back with the next tick. */
  around(output: Output): Output;
  /** Takes the line away until what is returned is called: somebody types there. */
  hold(): Promise<() => void>;
  /** Takes the line away for good. */
  stop(): Promise<void>;
}

/**
 * ora draws the line, and only that: its `start` would hook process.stdout and hide the cursor until an exit handler of
 * its own runs. Here the clock says when, and a job that is over soon loads nothing. `total`: children of the job;
 * `batches`: how many of them each batch has, where it has several.
 */
export function progress(
  stderr: Output,
  clock: Clock,
  total: number,
  batches: readonly number[],
): Progress {
  const counts = { begun: 0, done: 0, failed: 0 };
  const percents = new Percents();
  let timer: Timer | null = null;
  let over = false;
  let writing = 0;
  let line: Line | null = null;

  const tick = async (): Promise<void> => {
    line ??= await createLine(stderr);
    if (over) return;
    if (writing === 0) {
      const text = progressText(counts, total, percents.mean(counts.done, total));
      const words = percents.words();
      const said = words === '' ? '' : `, ${words}`;
      await line.draw(`${batchText(counts.done, batches)}${text}${said}`);
    }
    schedule(TICK_MS);
  };
  const schedule = (ms: number): void => {
    timer = clock.after(ms, () => {
      // Without its line a job is shown as well as before, so trouble with it ends the line and nothing else.
      tick().catch(() => {
        over = true;
      });
    });
    timer.unref();
  };
  const stop = async (): Promise<void> => {
    over = true;
    timer?.cancel();
    await line?.erase();
  };

  return {
    async record({ jobId, record }) {
      if (record.stream === 'progress') percents.add(jobId, record.data);
    },
    async state({ jobId, parentId, from, to }) {
      if (timer === null && !over) schedule(FIRST_MS);
      if (parentId === null) return;
      if (from === 'NotStarted') counts.begun += 1;
      if (to === 'NotStarted') counts.begun -= 1;
      if (isFinished(to)) {
        counts.done += 1;
        percents.finish(jobId);
      }
      if (to === 'Failed') counts.failed += 1;
    },
    end: stop,
    stop,
    async hold() {
      writing += 1;
      await line?.erase();
      return () => {
        writing -= 1;
      };
    },
    around(output) {
      if (!output.isTerminal) return output;
      return {
        isTerminal: true,
        get columns() {
          return output.columns;
        },
        colour: output.colour,
        async write(chunk) {
          writing += 1;
          await line?.erase();
          await output.write(chunk);
          writing -= 1;
        },
      };
    },
  };
}

interface Line {
  draw(text: string): Promise<void>;
  /** Does nothing where there is no line on the screen. */
  erase(): Promise<void>;
}

async function createLine(stderr: Output): Promise<Line> {
  const { default: ora } = await import('ora');
  const canvas = new Canvas(stderr);
  const spinner: Ora = ora({
    stream: canvas,
    isEnabled: true,
    color: stderr.colour ? 'cyan' : false,
  });
  let shown = false;
  return {
    async draw(text) {
      spinner.text = text.slice(0, Math.max(0, stderr.columns - SPINNER_WIDTH));
      spinner.render();
      shown = true;
      await stderr.write(canvas.take());
    },
    async erase() {
      if (!shown) return;
      shown = false;
      spinner.clear();
      await stderr.write(canvas.take());
    },
  };
}

/** What ora takes for a terminal: it collects one frame, so that a frame is one write. */
class Canvas extends Writable {
  readonly isTTY = true;
  readonly #terminal: Output;
  #frame = '';

  constructor(terminal: Output) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  take(): string {
    const frame = this.#frame;
    this.#frame = '';
    return frame;
  }

  cursorTo(column: number): void {
    this.#frame += `\u001B[${column + 1}G`;
  }

  moveCursor(_columns: number, rows: number): void {
    if (rows < 0) this.#frame += `\u001B[${-rows}A`;
  }

  clearLine(): void {
    this.#frame += '\u001B[K';
  }

  override _write(chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.#frame += String(chunk);
    done();
  }
}

function progressText(
  { begun, done, failed }: { begun: number; done: number; failed: number },
  total: number,
  percent: number | null,
): string {
  const parts = [`${done} of ${total} done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (begun > done) parts.push(`${begun - done} running`);
  if (total > begun) parts.push(`${total - begun} queued`);
  if (percent !== null) parts.push(`${percent}%`);
  return parts.join(', ');
}

/** A batch begins when all before it are done, so that those that are done tell which one it is. */
function batchText(done: number, batches: readonly number[]): string {
  if (batches.length <= 1) return '';
  let end = 0;
  const at = batches.findIndex((size) => {
    end += size;
    return done < end;
  });
  return `batch ${at === -1 ? batches.length : at + 1} of ${batches.length}: `;
}

/** What is over sooner needs no progress, and need not wait for ora to load. */
const FIRST_MS = 400;
const TICK_MS = 100;
/** The spinner, a blank, and the last column, which some terminals wrap at. */
const SPINNER_WIDTH = 3;
