import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type CommandInput, inputFromFile, sharedInput } from '../../src/cli/command-input.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

const folder = temporaryFolder('input');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the commands' input", () => {
  test('from a file is read where the work is done, anew for each child', async () => {
    const file = join(folder, 'data');
    writeFileSync(file, 'line\n');
    expect(await inputFromFile(file)).toEqual({ kind: 'file', path: file });
  });

  test.each([
    ['is missing', 'nowhere', 'ENOENT'],
    ['is a directory', 'directory', 'is a directory'],
  ])('from a file that %s is an error that names it', async (_, name, reason) => {
    mkdirSync(join(folder, 'directory'), { recursive: true });
    const path = join(folder, name);
    await expect(inputFromFile(path)).rejects.toThrow(path);
    await expect(inputFromFile(path)).rejects.toThrow(reason);
  });

  test('from a named pipe is read once, and still every child gets all of it', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const input = await inputFromFile(pipe);
    if (input.kind !== 'stream') throw new Error('a pipe is taken for a file');
    const texts = Promise.all([read(input.open), read(input.open)]);
    await writeFile(pipe, 'once');
    expect(await texts).toEqual(['once', 'once']);
  });

  test('from our own stdin reaches children that begin while it comes, and after it ended', async () => {
    const stdin = new PassThrough();
    const input = sharedInput(() => stdin);
    const early = read(input);
    stdin.write('a');
    const middle = read(input);
    stdin.end('b');
    expect([await early, await middle, await read(input)]).toEqual(['ab', 'ab', 'ab']);
  });

  test('is not read before a child wants it, nor faster than the fastest takes it', async () => {
    let produced = 0;
    const endless = (): Readable =>
      Readable.from(
        (function* bytes() {
          for (;;) {
            produced += 1;
            yield Buffer.from('x');
          }
        })(),
        { highWaterMark: 1 },
      );
    const iterator = sharedInput(endless)()[Symbol.asyncIterator]();
    expect(produced).toBe(0);
    for (let count = 0; count < 3; count += 1) await iterator.next();
    expect(produced).toBeLessThan(10);
  });

  test('can be given up while it has nothing to say', async () => {
    const stdin = new PassThrough();
    const iterator = sharedInput(() => stdin)()[Symbol.asyncIterator]();
    const pending = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    stdin.end();
    expect(await pending).toMatchObject({ done: true });
  });
});

async function read(input: CommandInput): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
