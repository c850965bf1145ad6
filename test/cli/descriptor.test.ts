import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstLine } from '../../src/cli/descriptor.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('descriptor');
});
afterAll(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;

async function read<T>(content: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  const file = join(folder, 'file');
  writeFileSync(file, content);
  const descriptor = openSync(file, 'r');
  try {
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

describe('the first line of a descriptor', () => {
  test('leaves the others to whoever reads on', async () => {
    const lines = await read('one\ntwo words \r\nfünf', async (descriptor) => [
      await firstLine(descriptor, '--pass-fd', never),
      await firstLine(descriptor, '--pass-fd', never),
      await firstLine(descriptor, '--pass-fd', never),
      await firstLine(descriptor, '--pass-fd', never),
    ]);
    expect(lines).toEqual(['one', 'two words ', 'fünf', '']);
  });

  test('is read no further than a password can be long', async () => {
    const line = await read('x'.repeat(1_000_000), (descriptor) =>
      firstLine(descriptor, '--pass-fd', never),
    );
    expect(line).toHaveLength(4096);
  });

  test('is a mistake where the descriptor is not open, or is no file', async () => {
    const directory = openSync(folder, 'r');
    for (const descriptor of [9_999, directory]) {
      await expect(firstLine(descriptor, '--pass-fd', never)).rejects.toThrow(
        `--pass-fd ${descriptor}: no open file has this descriptor`,
      );
    }
    closeSync(directory);
  });

  test('is given up when the wait is aborted', async () => {
    const gone = new AbortController();
    gone.abort(new Error('interrupted'));
    await expect(
      read('', (descriptor) => firstLine(descriptor, '--pass-fd', gone.signal)),
    ).rejects.toThrow('interrupted');
  });
});
