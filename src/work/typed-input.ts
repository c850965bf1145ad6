/**
 * Bytes as they are typed at a terminal that reads lines (termios(3), canonical mode), so that whoever reads there gets
 * exactly these: what has a meaning to the terminal stands behind the character that takes it away (VLNEXT), and a line
 * longer than the least that a terminal takes (MAX_CANON) is handed on in pieces (VEOF).
 */
export class TypedInput {
  /** Bytes of a line that the terminal has, and has not handed on. */
  #waiting = 0;

  next(bytes: Uint8Array): Buffer {
    const lines = Buffer.from(bytes).toString('latin1').split('\n');
    const last = lines.pop() ?? '';
    const typed = lines.map((line) => `${this.#piece(line, true)}\n`);
    return Buffer.from(`${typed.join('')}${this.#piece(last, false)}`, 'latin1');
  }

  /** In the middle of a line the first one only hands that on. */
  get end(): Buffer {
    return Buffer.from(this.#waiting === 0 ? HAND_ON : HAND_ON + HAND_ON, 'latin1');
  }

  #piece(text: string, isEnded: boolean): string {
    let typed = '';
    let rest = text;
    while (rest !== '') {
      if (this.#waiting === MOST_WAITING) {
        typed += HAND_ON;
        this.#waiting = 0;
      }
      const some = rest.slice(0, MOST_WAITING - this.#waiting);
      typed += some.replaceAll(MEANINGFUL, `${TAKE_AS_IT_IS}$&`);
      this.#waiting += some.length;
      rest = rest.slice(some.length);
    }
    if (isEnded) this.#waiting = 0;
    return typed;
  }
}

const HAND_ON = '\u0004';
const TAKE_AS_IT_IS = '\u0016';
// Control characters but tab, and DEL.
const MEANINGFUL = /[\u0000-\u0008\u000B-\u001F\u007F]/gu;
/** Below the 255 bytes that POSIX promises, the line feed included. */
const MOST_WAITING = 240;
