import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, vi } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of buffers in this process. */
export function buffersHeld(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

/** Fails when more bytes than that stay held. Asks again for a while: memory is swept beside the program. */
export async function expectHeldBelow(limit: number): Promise<void> {
  await vi.waitFor(() => expect(buffersHeld()).toBeLessThan(limit), {
    timeout: 10_000,
    interval: 20,
  });
}
