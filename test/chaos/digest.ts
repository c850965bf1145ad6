import { createHash } from 'node:crypto';

/** Enough of a digest to tell the pieces of a run apart. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64').slice(0, 16);
}
