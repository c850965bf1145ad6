import { safeLine } from '../../base/safe-text.ts';

/** `web[01-20] (20)> `: who would get the next line. A long set is cut, its size is not. */
export function promptOf(folded: string, count: number, columns: number): string {
  const size = ` (${count})> `;
  const room = Math.max(SHORTEST, Math.floor(columns / 2) - size.length);
  return `${safeLine(folded, room)}${size}`;
}

const SHORTEST = 12;
