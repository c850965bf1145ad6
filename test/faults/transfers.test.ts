import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { hostileFiles, type HostileFiles, type Lie } from '../fixtures/hosts/hostile-files.ts';
import { filesBelow } from '../helpers/files.ts';
import type { FailureJson } from '../helpers/job-json.ts';
import { runMuster, said, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 1 });

interface Attempt {
  readonly host: HostileFiles;
  readonly result: MusterResult;
  /** Around the folder that the files were to come into: nothing else may be in there. */
  readonly around: string;
  /** What is in the host's own folder. */
  readonly into: string;
}

/** Downloads /evil from a host that lies. `before` makes things ready in the host's own folder. */
async function download(
  root: Lie,
  before: (into: string) => void = () => undefined,
  ...options: readonly string[]
): Promise<Attempt> {
  const host = await hostileFiles(fleet.spare(), root);
  const around = temporaryFolder('around');
  onTestFinished(async () => {
    rmSync(around, { recursive: true });
    await host.stop();
  });
  const dest = join(around, 'dest');
  const into = join(dest, host.address);
  mkdirSync(into, { recursive: true });
  before(into);
  const words = ['-w', host.address, ...fleet.options, '-O', 'json', ...options];
  const result = await runMuster(['download', ...words, '/evil', dest]);
  expect(readdirSync(around)).toEqual(['dest']);
  expect(readdirSync(dest)).toEqual([host.address]);
  return { host, result, around, into };
}

const file = (text: string, more: Partial<Lie> = {}): Lie => ({
  kind: 'file',
  content: Buffer.from(text),
  ...more,
});
const folder = (...names: readonly (readonly [string, Lie])[]): Lie => ({ kind: 'folder', names });

function failureOf({ result }: Attempt): FailureJson {
  const failure = result.job().children[0]?.failure ?? null;
  if (failure === null) throw new Error(said(result));
  return failure;
}

describe('C17: a download from a hostile server writes nothing outside of its folder', () => {
  test('names that lead elsewhere: "..", absolute, with a slash, empty, with NUL', async () => {
    const attempt = await download(
      folder(
        ['good', file('good')],
        ['..', folder(['up', file('bad')])],
        ['../up', file('bad')],
        ['/tmp/absolute', file('bad')],
        ['sub/../../../deep', file('bad')],
        ['', file('bad')],
        ['nul\0name', file('bad')],
      ),
    );
    const { result, into, host } = attempt;
    expect(result.code, said(result)).toBe(1);
    expect(filesBelow(into)).toEqual([join(into, 'evil/good')]);
    expect(host.opened).toEqual(['/evil/good']);
    expect(result.job().children[0]).toMatchObject({
      failure: { phase: 'transfer', code: 'transfer', mayHaveRun: false },
      transfer: { files: 1, refused: 5 },
    });
    expect(failureOf(attempt).message).toContain('/evil/');
  });

  test('links and devices are not made, and named', async () => {
    const { result, into } = await download(
      folder(['link', { kind: 'link' }], ['null', { kind: 'device' }], ['good', file('good')]),
    );
    expect(result.code, said(result)).toBe(0);
    expect(filesBelow(into)).toEqual([join(into, 'evil/good')]);
    const warnings = warningsOf(result);
    expect(warnings).toContain('/evil/link: a symbolic link');
    expect(warnings).toContain('/evil/null: neither a file nor a folder');
  });

  test('names that are the same but for capital letters, or the way an accent is written', async () => {
    const attempt = await download(
      folder(
        ['A', file('first')],
        ['a', file('second')],
        ['\u00E9', file('one')],
        ['e\u0301', file('two')],
      ),
    );
    expect(attempt.result.code, said(attempt.result)).toBe(1);
    expect(readdirSync(join(attempt.into, 'evil'))).toHaveLength(2);
    expect(readFileSync(join(attempt.into, 'evil/A'), 'utf8')).toBe('first');
  });

  test('a folder and a link of one name: files do not go through it', async () => {
    const { into, around } = await download(
      folder(['x', { kind: 'link' }], ['x', folder(['inside', file('in')])]),
    );
    expect(lstatSync(join(into, 'evil/x')).isDirectory()).toBe(true);
    expect(filesBelow(around)).toEqual([join(into, 'evil/x/inside')]);
  });

  test('links that are in the folder already are not followed, but replaced or refused', async () => {
    const outside = temporaryFolder('outside');
    onTestFinished(() => rmSync(outside, { recursive: true }));
    writeFileSync(join(outside, 'kept'), 'kept');
    const attempt = await download(
      folder(['f', file('new')], ['sub', folder(['g', file('new')])]),
      (into) => {
        mkdirSync(join(into, 'evil'));
        symlinkSync(join(outside, 'kept'), join(into, 'evil/f'));
        symlinkSync(outside, join(into, 'evil/sub'));
      },
    );
    expect(attempt.result.code, said(attempt.result)).toBe(1);
    expect(readdirSync(outside)).toEqual(['kept']);
    expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept');
    expect(failureOf(attempt)).toMatchObject({ code: 'store' });
  });

  test('a size that lies: less comes than was said', async () => {
    const attempt = await download(folder(['f', file('short', { size: 500_000 })]));
    expect(attempt.result.code).toBe(1);
    expect(failureOf(attempt).code).toBe('transfer');
    expect(failureOf(attempt).message).toContain('shorter than it said');
    expect(filesBelow(attempt.into)).toEqual([]);
  });

  test('a size that lies: more comes than was said, and is not asked for', async () => {
    const { result, into } = await download(folder(['f', file('much longer', { size: 4 })]));
    expect(result.code, said(result)).toBe(0);
    expect(readFileSync(join(into, 'evil/f'), 'utf8')).toBe('much');
  });

  test('a size that no disk has room for', async () => {
    const attempt = await download(folder(['f', file('x', { size: 2 ** 60 })]));
    expect(failureOf(attempt).code).toBe('store');
    expect(failureOf(attempt).message).toContain('here is room for');
    expect(filesBelow(attempt.into)).toEqual([]);
  });

  test('more bytes than were asked for end the session', async () => {
    const attempt = await download(folder(['f', file('x', { size: 10, overfills: true })]));
    expect(failureOf(attempt).code).toBe('transfer');
    expect(failureOf(attempt).message).toContain('sent what is no SFTP');
    expect(filesBelow(attempt.into)).toEqual([]);
  });

  test('a tree without an end is left at some depth', async () => {
    function* endless(): Generator<readonly [string, Lie]> {
      yield ['d', { kind: 'folder', names: endless() }];
    }
    const attempt = await download({ kind: 'folder', names: endless() });
    expect(attempt.result.code, said(attempt.result)).toBe(1);
    expect(failureOf(attempt).message).toContain('too deep');
  });

  test('a folder that names itself without end, and a name that is not UTF-8, are done without', async () => {
    function* endless(): Generator<readonly [string, Lie]> {
      for (;;) yield ['.', folder()];
    }
    const attempt = await download(
      folder(
        ['good', file('good')],
        ['endless', { kind: 'folder', names: endless() }],
        ['odd\uFFFD', file('x')],
      ),
    );
    expect(attempt.result.code, said(attempt.result)).toBe(1);
    expect(filesBelow(attempt.into)).toEqual([join(attempt.into, 'evil/good')]);
    expect(warningsOf(attempt.result)).toContain('/evil/endless: its names do not come to an end');
    expect(warningsOf(attempt.result)).toContain('its name is not UTF-8');
  });

  test('modes lose leave for others to write, and what lets a program run as its owner', async () => {
    const { result, into } = await download(
      folder(['f', file('x', { mode: 0o6777 })], ['locked', file('y', { mode: 0 })]),
    );
    expect(result.code, said(result)).toBe(0);
    expect(lstatSync(join(into, 'evil/f')).mode & 0o7777).toBe(0o755);
    expect(lstatSync(join(into, 'evil/locked')).mode & 0o7777).toBe(0o600);
  });

  test('characters that a terminal obeys come into no name and no message', async () => {
    const { result, into } = await download(
      folder(['\u001B[2Jx\n', file('x')], ['\u001B]0;title\u0007', { kind: 'link' }]),
    );
    expect(result.code, said(result)).toBe(0);
    expect(readdirSync(join(into, 'evil'))).toEqual(['%1B[2Jx%0A']);
    expect(warningsOf(result)).toContain('^[]0;title^G');
  });
});

function warningsOf(result: MusterResult): string {
  const [child] = result.job().children;
  return child !== undefined && 'warning' in child ? String(child.warning) : '';
}
