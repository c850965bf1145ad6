/**
 * The one place where remote text becomes fit for a terminal, a log or a message. Control characters, escape
 * sequences, bidirectional and invisible characters are shown, not obeyed: C0 and DEL in caret form (`^[`), the rest
 * by code point (`<U+202E>`). Newline and tab pass.
 */
export function visible(text: string): string {
  return UNSAFE.test(text) ? text.replace(UNSAFE_ALL, show) : text;
}

/** As `visible`, but colour (SGR, ECMA-48 section 8.3.117) passes: for a streamed body on a terminal that wants it. */
export function visibleWithColour(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(COLOUR_OR_UNSAFE, (found) => (found.length > 1 ? found : show(found)));
}

/** One line of safe text, at most `limit` UTF-16 units: what messages, summaries and logs are made of. */
export function safeLine(text: string, limit = 200): string {
  const line = visible(text.replace(/\s*[\r\n]+\s*/gu, ' ').replaceAll('\t', ' ')).trim();
  if (line.length <= limit) return line;
  const cut = line.slice(0, limit - 1);
  // Half of a surrogate pair is not a character.
  return `${/[\uD800-\uDBFF]$/u.test(cut) ? cut.slice(0, -1) : cut}…`;
}

function show(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return `^${String.fromCodePoint(code + 0x40)}`;
  if (code === 0x7f) return '^?';
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

// C0 but tab and newline, DEL, C1; soft hyphen, Arabic letter mark, Mongolian vowel separator, zero-width and
// directional marks, line and paragraph separators, embeddings, overrides, isolates, invisible operators, byte-order
// mark, interlinear marks, tag characters, lone surrogates.
const CLASS =
  '\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uFEFF\\uFFF9-\\uFFFB\\u{E0000}-\\u{E007F}\\uD800-\\uDFFF';
const UNSAFE = new RegExp(`[${CLASS}]`, 'u');
const UNSAFE_ALL = new RegExp(`[${CLASS}]`, 'gu');
const COLOUR_OR_UNSAFE = new RegExp(`\\u001B\\[[0-9;:]*m|[${CLASS}]`, 'gu');
