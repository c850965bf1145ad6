/** A name in wire form (RFC 1035 section 3.1), or null where it is none that DNS could have. */
export function encodeName(name: string): Buffer | null {
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.');
  if (!labels.every((label) => LABEL.test(label))) return null;
  const encoded = Buffer.concat([
    ...labels.map((label) =>
      Buffer.from(`${String.fromCodePoint(label.length)}${label}`, 'latin1'),
    ),
    Buffer.alloc(1),
  ]);
  return encoded.length > LONGEST_NAME ? null : encoded;
}

/**
 * The name that begins at `at`, in lower case, and where what follows it begins; null where it is not whole. Compressed
 * names (section 4.1.4) only ever point backwards, so that none goes round in circles.
 */
export function decodeName(
  message: Buffer,
  at: number,
): { readonly name: string; readonly end: number } | null {
  const labels: string[] = [];
  let end: number | null = null;
  let before = message.length;
  for (let next = at; ;) {
    const length = message[next];
    if (length === undefined) return null;
    if (length >= POINTER) {
      const low = message[next + 1];
      if (low === undefined) return null;
      const to = ((length - POINTER) << 8) | low;
      if (to >= Math.min(next, before)) return null;
      end ??= next + 2;
      before = to;
      next = to;
    } else if (length > LONGEST_LABEL) {
      return null;
    } else if (length === 0) {
      return { name: labels.join('.'), end: end ?? next + 1 };
    } else {
      if (next + 1 + length > message.length || labels.length >= MOST_LABELS) return null;
      labels.push(message.toString('latin1', next + 1, next + 1 + length).toLowerCase());
      next += 1 + length;
    }
  }
}

/** What names of hosts are made of, and the underscore that some have. */
const LABEL = /^[A-Za-z0-9_-]{1,63}$/u;
const LONGEST_LABEL = 63;
/** Section 2.3.4. */
const LONGEST_NAME = 255;
const MOST_LABELS = 127;
const POINTER = 0xc0;
