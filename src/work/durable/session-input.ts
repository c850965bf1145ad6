import type { WorkContext } from '../../model/ports/work.ts';

/** What comes ahead of a command's own input, and that. */
export async function* wholeInput(
  bytes: Buffer | null,
  input: WorkContext['input'],
): AsyncGenerator<Uint8Array, void> {
  if (bytes !== null) yield bytes;
  if (input !== null) yield* input();
}
