import { TailBuffer } from '../../base/tail-buffer.ts';
import { MOST } from './window.ts';

/** What a command has sent while its reader paused, in the order in which it came. */
export class Held {
  readonly #buffer = new TailBuffer(MOST_HELD);
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** False: that is more than its server may send. */
  add(stream: 'output' | 'error', bytes: Uint8Array): boolean {
    if (this.#bytes + bytes.byteLength > MOST_HELD) return false;
    this.#bytes += bytes.byteLength;
    this.#buffer.add(stream === 'output' ? OUTPUT : ERROR, bytes, false);
    return true;
  }

  /** Gives it, as long as `mayGo`. */
  release(give: (stream: 'output' | 'error', bytes: Buffer) => void, mayGo: () => boolean): void {
    if (this.isEmpty) return;
    for (const { label, bytes } of this.#buffer.drain()) {
      this.#bytes -= bytes.length;
      give(label === OUTPUT ? 'output' : 'error', bytes);
      if (!mayGo()) return;
    }
  }
}

const OUTPUT = 0;
const ERROR = 1;
/** The largest window, and one packet beyond it: a server that sends more than that breaks the rules. */
export const MOST_HELD: number = MOST + 32 * 1024;
