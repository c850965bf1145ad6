import { ByteBuffer } from '../base/byte-buffer.ts';
import type { LineSink, LineWriter } from './lines.ts';
import type { Output } from './presenter.ts';
import { LINE_LIMIT, NEWLINE, plainLines, terminalLine } from './terminal-text.ts';

/** Lines for a person: safe text, long lines cut. Of a line that has not ended LINE_LIMIT + 1 bytes are held, no more. */
export function createTerminalLines(output: Output): LineSink {
  return { open: (prefix) => new TerminalLine(output, prefix) };
}

class TerminalLine implements LineWriter {
  readonly #output: Output;
  readonly #prefix: string;
  readonly #begun = new ByteBuffer();
  #dropped = 0;

  constructor(output: Output, prefix: string) {
    this.#output = output;
    this.#prefix = prefix;
  }

  get held(): 'nothing' | 'line' {
    return this.#begun.size > 0 ? 'line' : 'nothing';
  }

  async push(data: Uint8Array): Promise<void> {
    const whole = data.lastIndexOf(NEWLINE) + 1;
    if (whole > 0) await this.#output.write(this.#lines(data.subarray(0, whole)));
    this.#keep(data.subarray(whole));
  }

  async end(): Promise<void> {
    if (this.#begun.size > 0) await this.#output.write(this.#line(NOTHING));
  }

  /** Whole lines, the first of which may have begun before: at once where they hold nothing special, else one by one. */
  #lines(data: Uint8Array): string {
    if (this.#begun.size === 0 && data.byteLength <= LINE_LIMIT) {
      const text = plainLines(data, this.#prefix);
      if (text !== null) return text;
    }
    let text = '';
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, start)) {
      text += this.#line(data.subarray(start, end));
      start = end + 1;
    }
    return text;
  }

  /** The line that ends with these bytes. */
  #line(last: Uint8Array): string {
    if (this.#begun.size === 0) return this.#shown(last);
    this.#keep(last);
    const shown = this.#shown(this.#begun.concat());
    this.#begun.clear();
    this.#dropped = 0;
    return shown;
  }

  #shown(bytes: Uint8Array): string {
    return `${this.#prefix}${terminalLine(bytes, this.#dropped, this.#output.colour)}\n`;
  }

  #keep(data: Uint8Array): void {
    const room = LINE_LIMIT + 1 - this.#begun.size;
    this.#dropped += Math.max(0, data.byteLength - room);
    if (room > 0 && data.byteLength > 0) this.#begun.append(data.subarray(0, room));
  }
}

const NOTHING = new Uint8Array(0);
