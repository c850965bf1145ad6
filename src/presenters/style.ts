/** SGR colours (ECMA-48 section 8.3.117), used for labels of ours only. */
export type Colour = 'red' | 'green' | 'yellow' | 'cyan';

export function paint(text: string, colour: Colour, on: boolean): string {
  return on ? `\u001B[${CODES[colour]}m${text}${RESET}` : text;
}

/** A duration for people: `0.012 s`, `4.25 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 99.5) return `${(ms / 1000).toFixed(3)} s`;
  if (ms < 59_995) return `${(ms / 1000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Breaks text at spaces into lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Code points, which is what most fonts give one column each. */
export function lengthOf(text: string): number {
  return ASCII.test(text) ? text.length : Array.from(text).length;
}

export const RESET = '\u001B[0m';

const ASCII = /^[\u0020-\u007E]*$/u;
const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, cyan: 36 };
