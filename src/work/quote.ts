/**
 * A word that holds exactly `text`, for the command line of a login shell: POSIX shells, fish and csh read it alike. In
 * single quotes nothing is special to a POSIX shell (XCU section 2.2.2); fish takes backslashes there, and csh exclamation
 * marks, so those two and the quote itself stand outside, each behind a backslash. csh
 * alone has no way to write a line feed that the others have, and takes it for the end of the line: who cannot rule out
 * that a login shell is csh keeps line feeds out. NUL has no place in any word, and throws RangeError.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('a word of a command line cannot hold NUL');
  return `'${text.replaceAll(/['\\!]/gu, (special) => `'\\${special}'`)}'`;
}

/**
 * The same text as printf's `%b` takes it (POSIX, UTF-8), in characters that no login shell reads otherwise between single
 * quotes: the way for a program with line feeds, quotes and all through csh and fish.
 */
export function printable(text: string): string {
  if (text.includes('\0')) throw new RangeError('a word of a command line cannot hold NUL');
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^ -~]|['\\!]/gu, (one) => `\\0${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
