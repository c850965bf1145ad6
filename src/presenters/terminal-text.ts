import { visible, visibleWithColour } from '../base/safe-text.ts';
import { RESET } from './style.ts';

/**
 * One line from a host, without its newline, as a terminal may show it: decoded as UTF-8 with replacement characters,
 * control characters visible, cut at LINE_LIMIT with the count of the bytes that are missing. The carriage return of a
 * CRLF ending goes; any other is shown (`^M`), so that no text can be overwritten unseen.
 *
 * `dropped`: bytes of the line that were not even kept. Then at least LINE_LIMIT + 1 bytes have to be given.
 */
export function terminalLine(bytes: Uint8Array, dropped: number, colour: boolean): string {
  const cut = bytes.byteLength > LINE_LIMIT ? characterStart(bytes, LINE_LIMIT) : bytes.byteLength;
  const missing = bytes.byteLength - cut + dropped;
  const kept = missing === 0 && bytes[cut - 1] === CARRIAGE_RETURN ? cut - 1 : cut;
  const text = DECODER.decode(bytes.subarray(0, kept));
  const shown = colour ? closeColour(visibleWithColour(text)) : visible(text);
  return missing === 0 ? shown : `${shown}… ${missing} bytes more`;
}

/** Whole lines that need nothing but a prefix; null where there is a control character, or anything else to be shown. */
export function plainLines(lines: Uint8Array, prefix: string): string | null {
  const text = DECODER.decode(lines).slice(0, -1);
  if (visible(text) !== text) return null;
  return `${prefix}${text.split('\n').join(`\n${prefix}`)}\n`;
}

/** A colour that a host turns on must not run into the next line, which may be another host's. */
function closeColour(text: string): string {
  return text.includes('\u001B') ? `${text}${RESET}` : text;
}

/** The start of the UTF-8 character (RFC 3629) that `index` falls into, at most three bytes back. */
function characterStart(bytes: Uint8Array, index: number): number {
  for (let start = index; start > index - 4; start -= 1) {
    if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  }
  return index;
}

/** Bytes of one line that a terminal gets. */
export const LINE_LIMIT: number = 64 * 1024;
export const NEWLINE = 0x0a;

const CARRIAGE_RETURN = 0x0d;
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });
