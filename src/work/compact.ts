/** Without comments and indentation: some shells read a program byte by byte from a pipe, and all have to read all of it. */
export function compact(program: string): string {
  return program
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => `${line}\n`)
    .join('');
}
