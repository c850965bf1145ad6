import type { Output } from './presenter.ts';

/** A block of lines that is kept up to date. */
export interface Watch {
  /** The block as it is now, each line no wider than the terminal; the first holds the titles. */
  show(lines: readonly string[]): Promise<void>;
  /** Gives the cursor back. The last block stays. Idempotent. */
  close(): Promise<void>;
}

/**
 * On a terminal every block takes the place of the one before, cut to the terminal's height, with the cursor hidden
 * meanwhile; on a pipe only lines are written that were not in the block before, whatever the width of their columns.
 * `rows`: the terminal's height now.
 */
export function createWatch(stdout: Output, rows: () => number): Watch {
  return stdout.isTerminal ? new TerminalWatch(stdout, rows) : changesOnly(stdout);
}

class TerminalWatch implements Watch {
  readonly #stdout: Output;
  readonly #rows: () => number;
  #shown: readonly string[] = [];
  #columns = 0;
  #open = false;
  #closed = false;

  constructor(stdout: Output, rows: () => number) {
    this.#stdout = stdout;
    this.#rows = rows;
  }

  async show(lines: readonly string[]): Promise<void> {
    if (this.#closed) return;
    const block = cutToHeight(lines, this.#rows() - 1);
    const start = this.#open ? this.#back() : HIDE_CURSOR;
    this.#open = true;
    const same =
      this.#columns === this.#stdout.columns && block.join('\n') === this.#shown.join('\n');
    this.#shown = block;
    this.#columns = this.#stdout.columns;
    if (same && start !== HIDE_CURSOR) return;
    // What a line leaves of the one before is erased after it, and not the whole block first, which would flicker.
    const text = block.map((line) => `${line}${ERASE_LINE}\n`).join('');
    await this.#stdout.write(start + text + ERASE_BELOW);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#open) await this.#stdout.write(SHOW_CURSOR);
  }

  /** To the first line of the block. A terminal of another width has broken its lines anew, and is cleared. */
  #back(): string {
    if (this.#columns !== this.#stdout.columns) return CLEAR;
    return this.#shown.length === 0 ? '' : `\u001B[${this.#shown.length}A`;
  }
}

/** At least one line; where some are missing, the last one says how many. */
function cutToHeight(lines: readonly string[], height: number): readonly string[] {
  const room = Math.max(1, height);
  if (lines.length <= room) return lines;
  return [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`];
}

function changesOnly(stdout: Output): Watch {
  let before: ReadonlySet<string> = new Set();
  return {
    async show(lines) {
      const news = lines.filter((line) => !before.has(bare(line)));
      before = new Set(lines.map(bare));
      if (news.length > 0) await stdout.write(news.map((line) => `${line}\n`).join(''));
    },
    close: () => Promise.resolve(),
  };
}

/** A row of a table is the same row when another one made its column wider. */
function bare(line: string): string {
  return line.replace(/ +/gu, ' ');
}

/** DECTCEM; ECMA-48: EL to the end of the line, ED to the end of the screen, CUP and ED. */
const HIDE_CURSOR = '\u001B[?25l';
const SHOW_CURSOR = '\u001B[?25h';
const ERASE_LINE = '\u001B[K';
const ERASE_BELOW = '\u001B[J';
const CLEAR = '\u001B[H\u001B[2J';
