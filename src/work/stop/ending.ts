/** How the end of a command was brought about. */
export interface Ending {
  /** The host looked, and nothing of the command is left. */
  readonly confirmed: boolean;
  /** Why that is not confirmed; safe text. */
  readonly note: string | null;
}

export function doubt(note: string): Ending {
  return { confirmed: false, note };
}

/** What the script's last line says: `gone N` or `left PID...`. */
export function endingOf(words: readonly string[]): Ending {
  const [verb, ...rest] = words;
  if (verb === 'gone' && rest[0] === '0') return { confirmed: true, note: null };
  if (verb === 'gone' && /^\d{1,9}$/u.test(rest[0] ?? '')) {
    return doubt(`${processes(Number(rest[0]))} may be its own or another command's`);
  }
  if (verb === 'left') return doubt(`${processes(rest.length)} did not end`);
  return doubt('the host did not say how it went');
}

export function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}
