import { isTemporary } from './temporary-name.ts';

/** What a host's name of a file is on this machine, or why it is none. */
export type LocalName =
  | { readonly name: string }
  /** `isFault`: who asked for it goes without it. */
  | { readonly refused: string; readonly isFault: boolean };

/**
 * The names that one folder of this machine gets from a host: hostile data. None leads anywhere else; none hides
 * characters that a terminal obeys (they are percent-encoded); and no two are the same to a file system that takes capital
 * and small letters, or two ways to write one character, for the same.
 */
export class LocalNames {
  readonly #taken = new Set<string>();

  take(name: string): LocalName {
    if (name === '' || name === '.' || name === '..' || /[/\0]/u.test(name)) {
      return { refused: 'it is no name of a file', isFault: true };
    }
    if (name.includes('\uFFFD')) return { refused: 'its name is not UTF-8', isFault: true };
    if (isTemporary(name)) return { refused: 'a transfer has left it', isFault: false };
    const safe = name.replaceAll(CONTROLS, encoded);
    const key = safe.normalize('NFC').toLowerCase();
    if (this.#taken.has(key)) {
      return { refused: 'another name is the same but for capital letters', isFault: true };
    }
    this.#taken.add(key);
    return { name: safe };
  }
}

function encoded(characters: string): string {
  return [...Buffer.from(characters)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}

// C0, DEL, C1.
const CONTROLS = /[\u0000-\u001F\u007F-\u009F]+/gu;
