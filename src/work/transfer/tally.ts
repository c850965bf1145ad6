import { bytesText } from '../../base/byte-text.ts';
import type { WorkContext } from '../../model/ports/work.ts';

/** What a transfer has done so far, and what there is to do: reported, and told as progress. */
export class Tally {
  /** Files that were sent and are in their place. */
  files = 0;
  /** Files that were there already, the same. */
  skipped = 0;
  /** Files of which an earlier attempt had left a part that could be used. */
  resumed = 0;
  /** What could not be taken, or was not to be. */
  refused = 0;
  /** Bytes of files that went over the connection. */
  bytes = 0;
  /** How the files in their places were compared with what they were made from. */
  verified: 'sha256' | 'size' = 'sha256';
  /** Something may have been changed on the host. */
  hasChanged = false;
  readonly #context: WorkContext;
  readonly #from: number;
  #total = 0;
  /** Bytes that need not be sent, because they are there. */
  #spared = 0;
  #told = 0;
  #recorded = 0;

  constructor(context: WorkContext) {
    this.#context = context;
    this.#from = context.clock.monotonic();
    this.#recorded = this.#from - RECORD_MS / 2;
  }

  /** So many bytes are to be sent, by this attempt. */
  expect(bytes: number): void {
    this.#total = bytes;
    this.#spared = -this.bytes;
  }

  spare(bytes: number): void {
    this.#spared += bytes;
    this.#tell();
  }

  moved(bytes: number): void {
    this.bytes += bytes;
    this.#tell();
  }

  report(): void {
    const { files, bytes, skipped, resumed, refused, verified } = this;
    const durationMs = Math.round(this.#context.clock.monotonic() - this.#from);
    this.#context.report({
      transfer: { files, bytes, skipped, resumed, refused, verified, durationMs },
    });
  }

  #tell(): void {
    const now = this.#context.clock.monotonic();
    if (now - this.#told < TELL_MS || this.#total === 0) return;
    this.#told = now;
    // What has changed, or was sent once more, is more than was expected.
    const percent = Math.min(100, Math.floor((100 * (this.bytes + this.#spared)) / this.#total));
    const rate = (1000 * this.bytes) / Math.max(1, now - this.#from);
    const done = bytesText(this.bytes + this.#spared);
    const text = `${done} of ${bytesText(this.#total)}, ${bytesText(rate)}/s`;
    this.#context.progress({ percent, text });
    if (now - this.#recorded < RECORD_MS) return;
    this.#recorded = now;
    this.#context.write('progress', Buffer.from(`${percent}% ${text}\n`));
  }
}

/** Often enough for somebody who looks, and for somebody who reads what was. */
const TELL_MS = 200;
const RECORD_MS = 1000;
