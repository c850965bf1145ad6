import {
  appendFileSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { crashText, openLog, openLogFile, tailOf } from '../../src/service/log.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder('log');
  file = join(folder, 'default.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the controller's log", () => {
  const clock = { ...systemClock, now: () => 0 };

  test('is 0600 and has one line of safe text for each, with its time and process', () => {
    const log = openLog(file, clock);
    log.line('one\nthing\u001b[31m');
    log.line('another');
    log.close();
    const at = `1970-01-01T00:00:00.000Z ${process.pid}`;
    expect(readFileSync(file, 'utf8')).toBe(`${at} one thing^[[31m\n${at} another\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('begins anew where it has grown over a megabyte, when it is opened and while it is written', () => {
    writeFileSync(file, 'x'.repeat(1024 * 1024 + 1));
    const log = openLog(file, clock);
    expect(statSync(file).size).toBe(0);
    log.line('kept');
    appendFileSync(file, 'x'.repeat(1024 * 1024));
    log.line('last');
    log.close();
    expect(readFileSync(file, 'utf8')).toMatch(/^1970\S+ \d+ last\n$/u);
  });

  test('is appended to where it is smaller', () => {
    writeFileSync(file, 'earlier\n');
    const log = openLog(file, clock);
    log.line('later');
    log.close();
    expect(tailOf(file, 0)).toMatch(/^earlier \| 1970\S+ \d+ later$/u);
    expect(tailOf(file, 'earlier\n'.length)).not.toContain('earlier');
  });

  test('is not written through a link', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'mine');
    symlinkSync(target, file);
    expect(() => openLogFile(file)).toThrow(/log .* cannot be opened \(ELOOP\)/u);
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });
});

describe('what is said of a crash', () => {
  const canary = 'canary-0815';

  test.each([
    ['an error with a message of its own', () => new Error(`password ${canary}`)],
    ['JSON that cannot be read', () => parseError(`${canary}{`)],
    ['an argument Node refuses', () => nodeError(canary)],
    ['something thrown that is no error', () => canary],
    ['a message with lines that look like a stack', () => new Error(`x\n    at ${canary} (y)`)],
    ['a message with a place in it', () => new Error(`x\n    at '${canary}' (/a.js:1:1)`)],
  ])('%s is not quoted', (_, thrown) => {
    expect(crashText(thrown())).not.toContain(canary);
  });

  test('a defect of our own code is told in full, with where it was', () => {
    const text = crashText(defect());
    expect(text).toMatch(/^TypeError: .* is not a function \| at .*log\.test\.ts:\d+:\d+/u);
  });
});

function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

function nodeError(secret: string): unknown {
  try {
    return Buffer.alloc(secret as unknown as number);
  } catch (error) {
    return error;
  }
}

function defect(): unknown {
  const nothing = {} as { run(): void };
  try {
    nothing.run();
    return null;
  } catch (error) {
    return error;
  }
}
