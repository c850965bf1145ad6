import type { Clock, Timer } from '../../base/clock.ts';
import { DEADLINES } from '../../model/deadlines.ts';
import type { ChannelEnd, ChannelListener } from '../../model/ports/transport.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import type { OutputFilter } from '../begin.ts';
import { within } from '../stop/patience.ts';
import type { LocalProcess, ProcessExit } from './spawn.ts';

/**
 * What comes of a program, as records: passes back-pressure on, and drains for a while what a background child of it
 * keeps open after its end.
 */
export class LocalOutput {
  readonly listener: ChannelListener;
  /** Its exit, with all output it will give; never rejects. */
  readonly ended: Promise<Extract<ChannelEnd, { drained: boolean }>>;
  bytes = 0;
  readonly #clock: Clock;
  readonly #filter: OutputFilter | null;
  #process: LocalProcess | null = null;
  #exit: ProcessExit | null = null;
  #settle: (drained: boolean) => void = () => undefined;
  #isPaused = false;
  #isMuted = false;
  #timer: Timer | null = null;

  constructor(context: WorkContext, filter: OutputFilter | null) {
    this.#clock = context.clock;
    this.#filter = filter;
    this.listener = {
      data: (stream, bytes) => {
        this.bytes += bytes.length;
        if (this.#isMuted) return;
        if (filter === null) context.write(stream, bytes);
        else filter.take(stream, bytes);
      },
    };
    this.ended = new Promise((resolve) => {
      this.#settle = (drained) => {
        const exit = this.#exit;
        if (exit === null) return;
        resolve(
          exit.kind === 'exit' ? { ...exit, drained } : { ...exit, core: false, text: '', drained },
        );
      };
    });
    context.onPressure((pause) => this.#press(pause));
  }

  flowsFrom(process: LocalProcess): void {
    this.#process = process;
    if (this.#isPaused) process.pause();
    void process.exited.then((exit) => {
      this.#exit = exit;
      void process.closed.then(() => this.#settle(true));
      if (!this.#isPaused) this.#startDraining();
    });
  }

  write(bytes: Uint8Array): Promise<boolean> {
    return this.#process?.write(bytes) ?? Promise.resolve(false);
  }

  endInput(): void {
    this.#process?.endInput();
  }

  /** Whatever is held back is let go. Whether the outputs come to their end soon: nobody has them open then. */
  async letGo(): Promise<boolean> {
    const process = this.#process;
    if (process === null) return true;
    this.#isPaused = false;
    process.resume();
    const closed = process.closed.then(() => true);
    return (await within(this.#clock, LAST_WORD_MS, closed)) ?? false;
  }

  /** No more records: what comes after a verdict has no place to go. */
  close(): void {
    if (!this.#isMuted) this.#filter?.end();
    this.#isMuted = true;
    this.#timer?.cancel();
    this.#process?.close();
  }

  #press(pause: boolean): void {
    if (pause === this.#isPaused) return;
    this.#isPaused = pause;
    if (pause) {
      this.#process?.pause();
      // A reader of ours that holds back is no reason to cut the output.
      this.#timer?.cancel();
      return;
    }
    this.#process?.resume();
    if (this.#exit !== null) this.#startDraining();
  }

  #startDraining(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.after(DEADLINES.drainMs, () => this.#settle(false));
  }
}

/** From the last process's end to that of its outputs, which takes a turn of the loop. */
const LAST_WORD_MS = 500;
