import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { outputWith, streamOutput } from '../../src/cli/output-stream.ts';

describe('output to a stream', () => {
  test('waits for room where the reader is slow', async () => {
    const stream = new SlowStream();
    const output = streamOutput(stream);
    await output.write('12');
    let written = false;
    const second = output.write('345').then(() => {
      written = true;
    });
    await turn();
    expect(written).toBe(false);
    stream.take();
    stream.take();
    await second;
    expect(stream.text).toBe('12345');
  });

  test('swallows what comes after the reader has gone, and lets go whoever waits', async () => {
    const stream = new SlowStream();
    const output = streamOutput(stream);
    await output.write('12');
    const waiting = output.write('345');
    stream.fail();
    await waiting;
    await output.write('678');
    expect(output).toMatchObject({ gone: true, failure: null });
    expect(stream.text).toBe('12');
  });

  test('says why output was lost, where that was no closed pipe', async () => {
    const stream = new SlowStream();
    const output = streamOutput(stream);
    await output.write('12');
    stream.fail('ENOSPC');
    await turn();
    expect(output).toMatchObject({ gone: true, failure: 'write ENOSPC' });
  });

  test('is flushed when all of it was taken, or is given up', async () => {
    const stream = new SlowStream();
    const output = streamOutput(stream);
    await output.flushed();
    void output.write('123456');
    let flushed = false;
    const done = output.flushed().then(() => {
      flushed = true;
    });
    await turn();
    expect(flushed).toBe(false);
    stream.take();
    await turn();
    stream.take();
    await done;

    void output.write('78');
    const never = output.flushed();
    output.abandon();
    await never;
    await output.write('9');
    expect(stream.text).toBe('12345678');
  });

  test('silences the other output with it', async () => {
    const stdout = new SlowStream();
    const stderr = new SlowStream();
    const master = streamOutput(stdout);
    const other = outputWith(streamOutput(stderr), { colour: false, master });
    await other.write('1');
    stderr.take();
    await master.write('x');
    stdout.fail();
    await turn();
    await other.write('2');
    expect(stderr.text).toBe('1');
  });

  test('has 80 columns where nothing else is known, else those of the terminal, also after it changed', () => {
    const stream = Object.assign(new SlowStream(), { isTTY: true, columns: 132 });
    const output = outputWith(streamOutput(stream), { colour: true });
    expect(streamOutput(new SlowStream())).toMatchObject({ columns: 80, isTerminal: false });
    expect(output).toMatchObject({ columns: 132, isTerminal: true, colour: true });
    stream.columns = 40;
    expect(output.columns).toBe(40);
  });
});

/** Takes one chunk at a time, when it is told to; holds four bytes. */
class SlowStream extends Writable {
  text = '';
  #done: ((error?: Error) => void) | null = null;

  constructor() {
    super({ highWaterMark: 4 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.text += chunk.toString();
    this.#done = done;
  }

  take(): void {
    this.#done?.();
  }

  fail(code = 'EPIPE'): void {
    this.#done?.(Object.assign(new Error(`write ${code}`), { code }));
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
