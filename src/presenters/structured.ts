import { isUtf8 } from 'node:buffer';
import type { OutputRecord } from '../model/record.ts';
import type { JsonObject } from './json-forms.ts';

/** A structured record: its text, as it came, and what it means. */
export interface Structured {
  /** One JSON object on one line, numbers as the host wrote them; no character before or after it. */
  readonly text: string;
  readonly value: JsonObject;
}

/** null: a record of text, or one that does not hold what it says. */
export function structuredOf({ structured, data }: OutputRecord): Structured | null {
  if (structured !== true || !isUtf8(data)) return null;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8').trim();
  const value = parsed(text);
  if (!isObject(value)) return null;
  // Within a string JSON has no such character: this is white space, which a terminal would obey.
  return { text: text.replace(/[\t\n\r]/gu, ' '), value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the record is shown as the text that it is.
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
