/**
 * Shell: says a word that somebody waits for. In the program it stands in two pieces: a host that only shows the program
 * (a shell that traces, sudo when it refuses it) has not said the word. The word has a `-` and nothing that a shell reads.
 */
export function sayWord(word: string): string {
  const at = word.lastIndexOf('-') + 1;
  return `printf %s ${word.slice(0, at)} ${word.slice(at)}`;
}
