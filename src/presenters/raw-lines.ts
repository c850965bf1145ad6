import { ByteBuffer } from '../base/byte-buffer.ts';
import type { LineSink, LineWriter } from './lines.ts';
import type { Output } from './presenter.ts';
import { NEWLINE } from './terminal-text.ts';

/**
 * Lines for a pipe or a file: bytes as they came, whole lines, each after its prefix. A line is held until it ends. When
 * what is held comes to more than `limit` bytes (8 MiB), the longest line takes the output: it is written on as it comes,
 * and the whole lines of the others wait. When those come to more than `limit` too, the long line is broken there with a
 * newline, and goes on under its prefix as a line of its own. So memory is bounded, and no byte is lost or out of order.
 */
export function createRawLines(output: Output, limit: number = HELD_LIMIT): LineSink {
  return new RawLines(output, limit);
}

class RawLines implements LineSink {
  readonly output: Output;
  /** The line that is being written on as it comes; while there is one, whole lines wait. */
  owner: RawLine | null = null;
  /** Bytes of lines begun and of lines that wait. */
  held = 0;
  readonly #limit: number;
  readonly #lines = new Set<RawLine>();
  #waiting: Uint8Array[] = [];

  constructor(output: Output, limit: number) {
    this.output = output;
    this.#limit = limit;
  }

  open(prefix: string): LineWriter {
    const line = new RawLine(this, prefix);
    this.#lines.add(line);
    return line;
  }

  close(line: RawLine): void {
    this.#lines.delete(line);
  }

  /** Whole lines are held until the owner's has ended. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  async emit(lines: Uint8Array): Promise<void> {
    if (this.owner === null) {
      await this.output.write(lines);
      return;
    }
    this.#waiting.push(lines);
    this.held += lines.byteLength;
  }

  /** The owner's line has ended: what waited comes now. */
  async release(): Promise<void> {
    this.owner = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const lines of waiting) {
      this.held -= lines.byteLength;
      await this.output.write(lines);
    }
  }

  async relieve(): Promise<void> {
    while (this.held > this.#limit) {
      if (this.owner === null) {
        const longest = this.#longest();
        if (longest === null) return;
        this.owner = longest;
        await longest.writeBegun();
      } else {
        await this.output.write('\n');
        await this.release();
      }
    }
  }

  #longest(): RawLine | null {
    let longest: RawLine | null = null;
    for (const line of this.#lines) {
      if (line.begun > (longest?.begun ?? 0)) longest = line;
    }
    return longest;
  }
}

class RawLine implements LineWriter {
  readonly #sink: RawLines;
  /** As one character a byte, so that it can be put before lines of any bytes. */
  readonly #prefix: string;
  readonly #begun = new ByteBuffer();

  constructor(sink: RawLines, prefix: string) {
    this.#sink = sink;
    this.#prefix = Buffer.from(prefix).toString('latin1');
  }

  get begun(): number {
    return this.#begun.size;
  }

  get held(): 'nothing' | 'line' | 'lines' {
    if (this.#sink.owner !== this && this.#sink.areWaiting) return 'lines';
    return this.begun > 0 ? 'line' : 'nothing';
  }

  async push(data: Uint8Array): Promise<void> {
    const rest = this.#sink.owner === this ? await this.#pushOn(data) : data;
    const whole = rest.lastIndexOf(NEWLINE) + 1;
    if (whole > 0) await this.#emit(rest.subarray(0, whole));
    if (whole === rest.byteLength) return;
    this.#begun.append(rest.subarray(whole));
    this.#sink.held += rest.byteLength - whole;
    await this.#sink.relieve();
  }

  async end(): Promise<void> {
    if (this.#sink.owner === this) {
      await this.#sink.output.write('\n');
      await this.#sink.release();
    } else if (this.#begun.size > 0) {
      await this.#emit(ONE_NEWLINE);
    }
    this.#sink.close(this);
  }

  /** The line has taken the output: what is held of it goes out. */
  async writeBegun(): Promise<void> {
    await this.#sink.output.write(Buffer.from(this.#prefix, 'latin1'));
    for (const piece of this.#begun.pieces()) await this.#sink.output.write(piece);
    this.#forgetBegun();
  }

  /** Writes on the line that owns the output, as far as it goes; returns what is after it. */
  async #pushOn(data: Uint8Array): Promise<Uint8Array> {
    const end = data.indexOf(NEWLINE) + 1;
    await this.#sink.output.write(end === 0 ? data : data.subarray(0, end));
    if (end === 0) return data.subarray(data.byteLength);
    await this.#sink.release();
    return data.subarray(end);
  }

  async #emit(lines: Uint8Array): Promise<void> {
    const whole = this.#begun.size === 0 ? lines : Buffer.concat([...this.#begun.pieces(), lines]);
    this.#forgetBegun();
    await this.#sink.emit(this.#prefix === '' ? whole : prefixed(whole, this.#prefix));
    await this.#sink.relieve();
  }

  #forgetBegun(): void {
    this.#sink.held -= this.#begun.size;
    this.#begun.clear();
  }
}

/** Puts the prefix before every line. latin1 is one character a byte both ways, so any bytes come through unchanged. */
function prefixed(lines: Uint8Array, prefix: string): Uint8Array {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.byteLength - 1).toString('latin1');
  return Buffer.from(`${prefix}${text.split('\n').join(`\n${prefix}`)}\n`, 'latin1');
}

const ONE_NEWLINE = Uint8Array.of(NEWLINE);
/** Above any line that a program means to be read, below what a small machine notices. */
const HELD_LIMIT = 8 * 1024 * 1024;
