/**
 * Words to put before a command so that it runs on a terminal of its own (script(1), of util-linux), so many columns wide.
 * What it writes to stdout and stderr comes out as one stream, with the terminal's `\r\n`.
 */
export function onTerminal(command: readonly string[], columns = 100): readonly string[] {
  const line = `stty cols ${columns} rows 30; exec ${command.map(quoted).join(' ')}`;
  return ['script', '-q', '-e', '-f', '-c', line, '/dev/null'];
}

/** For sh, whatever is in it. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
