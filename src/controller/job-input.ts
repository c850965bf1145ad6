import { createReadStream } from 'node:fs';
import type { JobInput } from '../model/definition.ts';

/** How each child opens its input. */
export function inputOpener(input: JobInput | null): (() => AsyncIterable<Uint8Array>) | null {
  switch (input?.kind) {
    case 'file': {
      const { path } = input;
      return () => createReadStream(path);
    }
    case 'stream':
      return input.open;
    case undefined:
      return null;
  }
}
