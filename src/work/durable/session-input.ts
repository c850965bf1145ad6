import type { WorkContext } from '../../model/ports/work.ts';
import type { Target } from '../../model/target.ts';

/** What comes ahead of a command's own input, and that. */
export async function* wholeInput(
  bytes: Buffer | null,
  input: WorkContext['input'],
): AsyncGenerator<Uint8Array, void> {
  if (bytes !== null) yield bytes;
  if (input !== null) yield* input();
}

/** A terminal would mix the two streams. */
export function withoutTerminal(target: Target): Target {
  return target.ssh === undefined ? target : { ...target, ssh: { ...target.ssh, tty: 'no' } };
}
