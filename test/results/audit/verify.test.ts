import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendLines, type NewLine } from '../../../src/results/audit/chain-file.ts';
import { digestOf } from '../../../src/results/audit/line.ts';
import {
  verifyAudit,
  type AuditFault,
  type AuditVerdict,
} from '../../../src/results/audit/verify.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

let folder: string;
let file: string;
let lines: readonly string[];
let count = 0;
beforeAll(() => {
  folder = temporaryFolder('audit');
  file = join(folder, 'log');
  for (let n = 1; n <= 8; n += 1)
    appendLines(file, [{ kind: 'child', content: { host: `web${n}` } }], false);
  lines = linesOf(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

/** The faults of a log that has these lines. */
async function faultsOf(changed: readonly string[], head?: string): Promise<readonly AuditFault[]> {
  count += 1;
  const path = join(folder, `changed-${count}`);
  writeFileSync(path, changed.map((line) => `${line}\n`).join(''));
  const { faults } = await verifyAudit(path, head);
  return faults;
}

const without = (index: number): readonly string[] => lines.filter((_, at) => at !== index);

describe('an audit log', () => {
  test('is made for its user alone, and each line follows the one before', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const verdict = await verifyAudit(file);
    expect(verdict).toMatchObject({ lines: 8, faults: [], notes: [] });
    expect(verdict.head).toBe(digestOf(lines.at(-1) ?? ''));
  });

  test('tells of a line that was edited', async () => {
    const edited = lines.map((line, at) => (at === 3 ? line.replace('web4', 'web9') : line));
    expect(await faultsOf(edited)).toEqual([
      { line: 4, why: 'was changed: it is not what the next line was written after' },
    ]);
  });

  test('tells of a line that was removed, also the first', async () => {
    expect(await faultsOf(without(3))).toEqual([{ line: 4, why: 'a line was removed before it' }]);
    expect(await faultsOf(lines.slice(2))).toEqual([
      { line: 1, why: '2 lines were removed before it' },
    ]);
  });

  test('tells of lines that were swapped, and of one that was put there twice', async () => {
    const [a = '', b = '', ...rest] = lines;
    expect((await faultsOf([b, a, ...rest])).map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(await faultsOf([a, b, a, ...rest])).toContainEqual({
      line: 3,
      why: 'was inserted, or moved here',
    });
  });

  test('tells of a line that was cut short, in the middle and at the end', async () => {
    const cut = lines.map((line, at) => (at === 3 ? line.slice(0, 40) : line));
    expect(await faultsOf(cut)).toContainEqual({ line: 4, why: 'is no line of an audit log' });
    const path = join(folder, 'cut');
    writeFileSync(path, lines.join('\n').slice(0, -5));
    const { faults } = await verifyAudit(path);
    expect(faults.map(({ line }) => line)).toEqual([8]);
  });

  test('tells of lines that are missing at the end only by a head that is known', async () => {
    const head = digestOf(lines.at(-1) ?? '');
    expect(await faultsOf(lines.slice(0, 5))).toEqual([]);
    expect(await faultsOf(lines.slice(0, 5), head)).toEqual([
      { line: 6, why: 'no line has the digest that was given as the head' },
    ]);
    const { since } = await verifyAudit(file, digestOf(lines[5] ?? ''));
    expect(since).toBe(2);
  });

  test('finds any change of any byte', async () => {
    const bytes = readFileSync(file);
    const head = digestOf(lines.at(-1) ?? '');
    const path = join(folder, 'fuzzed');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ by;
          writeFileSync(path, changed);
          expect((await verifyAudit(path, head)).faults).not.toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('goes on after a line that a full disk has cut short, and says so', async () => {
    const path = join(folder, 'torn');
    appendLines(path, [{ kind: 'start', content: {} }], false);
    appendFileSync(path, '{"n":2,"prev":"4f');
    appendLines(path, [{ kind: 'end', content: {} }], true);
    expect(linesOf(path)).toHaveLength(4);
    expect(await verifyAudit(path)).toMatchObject({
      faults: [],
      notes: [{ line: 2, why: 'was cut short as it was written; the next line says so' }],
    });
  });

  test('is not gone on with where its last line is none', () => {
    const path = join(folder, 'other');
    writeFileSync(path, 'a file of somebody else\n', { mode: 0o600 });
    expect(() => appendLines(path, [{ kind: 'start', content: {} }], false)).toThrow(
      'ends with a line that is none of an audit log',
    );
    expect(readFileSync(path, 'utf8')).toBe('a file of somebody else\n');
  });

  describe('tells of jobs that are not told whole', () => {
    const start = (job: string, ...hosts: readonly string[]): NewLine => ({
      kind: 'start',
      content: { job, hosts },
    });
    const child = (job: string): NewLine => ({ kind: 'child', content: { job } });
    const end = (job: string): NewLine => ({ kind: 'end', content: { job } });
    const written = async (...told: readonly NewLine[]): Promise<AuditVerdict> => {
      count += 1;
      const path = join(folder, `jobs-${count}`);
      appendLines(path, told, false);
      return verifyAudit(path);
    };

    test('but not of those that are', async () => {
      const whole = [start('a', 'x', 'y'), start('b', 'x'), child('a'), child('b'), end('b')];
      const { faults, notes } = await written(...whole, child('a'), end('a'), child('a'), end('a'));
      expect([faults, notes]).toEqual([[], []]);
    });

    test('where its file was replaced, or emptied, while one ran', async () => {
      const { faults } = await written(child('a'), end('a'), start('b', 'x'), child('b'), end('b'));
      const why = 'speaks of a job whose start is gone from before it';
      expect(faults).toEqual([
        { line: 1, why },
        { line: 2, why },
      ]);
    });

    test('where its end was cut off, and others went on from there', async () => {
      const { faults, notes } = await written(start('a', 'x', 'y'), child('a'), start('b', 'x'));
      expect(faults).toEqual([]);
      const why = 'the job that begins here has not ended, or its end was removed';
      expect(notes).toEqual([
        { line: 1, why },
        { line: 3, why },
      ]);
    });

    test('where a child is missing', async () => {
      const { faults, notes } = await written(start('a', 'x', 'y', 'z'), child('a'), end('a'));
      expect(faults).toEqual([]);
      expect(notes).toEqual([
        { line: 3, why: '2 children of this job are not told of: not written, or removed' },
      ]);
    });
  });

  test('has lines of any length', async () => {
    const path = join(folder, 'long');
    for (const size of [10, 5000, 200_000, 1, 40_000]) {
      const content = { hosts: 'x'.repeat(size) };
      appendLines(
        path,
        [
          { kind: 'start', content },
          { kind: 'end', content: {} },
        ],
        false,
      );
    }
    expect(await verifyAudit(path)).toMatchObject({ lines: 10, faults: [] });
  });
});
