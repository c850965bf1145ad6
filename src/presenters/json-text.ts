import type { ByteBuffer } from '../base/byte-buffer.ts';
import type { JobView } from '../model/job.ts';
import type { Json } from '../model/json.ts';
import { childToJson, parentFields } from './json-forms.ts';
import type { ChildView } from '../model/job.ts';
import type { Output } from './presenter.ts';

/**
 * JSON.stringify leaves characters that a terminal obeys, or that hide or turn text. On a terminal they are written as
 * `\uXXXX`, which means the same to every reader of JSON.
 */
export function jsonText(value: Json, terminal: boolean): string {
  return jsonFor(JSON.stringify(value), terminal);
}

/** The same of a text that is JSON already. */
export function jsonFor(text: string, terminal: boolean): string {
  return terminal ? text.replace(UNSAFE, escapeUnits) : text;
}

/**
 * A job as one JSON value, in pieces: a job with gigabytes of output never becomes one string.
 * `tail` gives further fields of a child, each with its leading comma.
 */
export function* jobText(
  job: JobView,
  separator: '\n' | '',
  terminal: boolean,
  tail: (child: ChildView) => Iterable<string>,
): Iterable<string> {
  yield `${jsonText(parentFields(job), terminal).slice(0, -1)},"children":[`;
  let comma = '';
  for (const child of job.children) {
    yield `${comma}${separator}${jsonText(childToJson(child), terminal).slice(0, -1)}`;
    yield* tail(child);
    yield '}';
    comma = ',';
  }
  yield `${separator}]}`;
}

/** `,"output":"..."`, or `,"outputBase64":"..."` where the bytes are not valid UTF-8; in pieces. */
export function* bytesField(
  name: string,
  pieces: readonly Uint8Array[],
  terminal: boolean,
): Iterable<string> {
  if (isText(pieces)) {
    yield `,"${name}":"`;
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    for (const piece of pieces) yield inside(decoder.decode(piece, STREAM), terminal);
  } else {
    yield `,"${name}Base64":"`;
    yield* base64(pieces);
  }
  yield '"';
}

/** `,"records":[...]` from JSON texts with commas between them; in pieces. */
export function* recordsField(texts: ByteBuffer | undefined, terminal: boolean): Iterable<string> {
  yield ',"records":[';
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (const piece of texts?.pieces() ?? []) yield jsonFor(decoder.decode(piece, STREAM), terminal);
  yield ']';
}

/** Writes pieces in strings of a good size. */
export async function writeAll(output: Output, pieces: Iterable<string>): Promise<void> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < WRITE_SIZE) continue;
    await output.write(text);
    text = '';
  }
  if (text !== '') await output.write(text);
}

function inside(text: string, terminal: boolean): string {
  return jsonText(text, terminal).slice(1, -1);
}

function isText(pieces: readonly Uint8Array[]): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (const piece of pieces) decoder.decode(piece, STREAM);
    decoder.decode();
    return true;
  } catch {
    // A fatal decoder has no other way to say that the bytes are not UTF-8, and that is all that is asked.
    return false;
  }
}

function* base64(pieces: readonly Uint8Array[]): Iterable<string> {
  let rest: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    const bytes = rest.byteLength === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = bytes.byteLength - (bytes.byteLength % 3);
    yield Buffer.from(bytes.buffer, bytes.byteOffset, whole).toString('base64');
    rest = bytes.subarray(whole);
  }
  yield Buffer.from(rest).toString('base64');
}

function escapeUnits(character: string): string {
  return [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
}

const STREAM = { stream: true } as const;
const WRITE_SIZE = 64 * 1024;
// DEL and C1; then the invisible and directional characters of base/safe-text.
const UNSAFE =
  /[\u007F-\u009F\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;
