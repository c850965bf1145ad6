import type { Access } from '../model/access.ts';

/** Whether somebody can be asked while a job runs: with `muster answer`, or because they sit at a terminal. */
export function canAsk({ prompt, passphrase }: Access): boolean {
  return prompt === 'when-needed' || (prompt === 'before' && passphrase !== null);
}
