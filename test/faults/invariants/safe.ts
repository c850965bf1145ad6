/** The first character of a text that a terminal would obey, or that turns or hides others, and what follows; null: there is none. */
export function unsafeIn(text: string): string | null {
  const found = UNSAFE.exec(text);
  return found === null ? null : text.slice(found.index, found.index + SHOWN);
}

/** The same of what came to a terminal, where we ourselves move its cursor and colour its lines. */
export function unsafeOnTerminal(text: string): string | null {
  return unsafeIn(text.replaceAll('\r\n', '\n').replaceAll(OURS, ''));
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069]/u;
/** Colours, and what a line of progress is drawn with: to a column, up a line, clear a line, the cursor away and back, no drawing meanwhile. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const OURS = /\u001B\[(?:[0-9;:]*m|\d*[AGK]|\?(?:25|2026)[hl])|\r/gu;
const SHOWN = 12;
