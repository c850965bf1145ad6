import { isUtf8 } from 'node:buffer';

/**
 * A path of a host as text: bytes that are no UTF-8 become lone surrogates (U+DC80 to U+DCFF), which no path that is UTF-8
 * holds, so that the very same bytes can be made of it again. JSON keeps them (RFC 8259 section 8.2), as escapes.
 */
export function folderText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString();
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = LENGTHS.find((one) => isCharacter(bytes.subarray(at, at + one), one)) ?? 0;
    text +=
      length === 0
        ? String.fromCharCode(FIRST + (bytes[at] ?? 0))
        : bytes.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return text;
}

/** The bytes that `folderText` made a text of. */
export function folderBytes(text: string): Buffer {
  const pieces = text
    .split(ESCAPED)
    .map((piece, index) =>
      index % 2 === 0 ? Buffer.from(piece) : Buffer.from([piece.charCodeAt(0) - FIRST]),
    );
  return Buffer.concat(pieces);
}

function isCharacter(bytes: Buffer, length: number): boolean {
  return bytes.length === length && isUtf8(bytes);
}

/** Of a character in UTF-8: the shortest that is valid is the only one. */
const LENGTHS: readonly number[] = [1, 2, 3, 4];
const FIRST = 0xdc00;
/** Without the group the pieces alone would be left. */
const ESCAPED = /([\uDC80-\uDCFF])/u;
