import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileNameOf } from '../../src/base/file-name.ts';
import { openOutputDir, outputDir, OutputDirError } from '../../src/presenters/output-dir.ts';
import { compose } from '../../src/presenters/part.ts';
import { child, end, job, memory, record, state } from './events.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muster-output-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function modeOf(path: string): number {
  return statSync(path).mode % 0o1000;
}

describe('the name of a file', () => {
  test.each([
    ['web1', 'web1'],
    ['web1.example.com', 'web1.example.com'],
    ['2001:db8::1', '2001%3Adb8%3A%3A1'],
    ['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
    ['..', '%2E.'],
    ['.hidden', '%2Ehidden'],
    ['a b~%', 'a%20b%7E%25'],
    ['nul\0', 'nul%00'],
    ['höst', 'h%C3%B6st'],
    ['', '%'],
  ])('of %j is %j', (host, name) => {
    expect(fileNameOf(host)).toBe(name);
  });

  test('C09: of any host is one plain name of limited length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300, size: 'max' }), (host) => {
        const name = fileNameOf(host);
        expect(name).toMatch(/^[A-Za-z0-9_%-][A-Za-z0-9._%~-]*$/u);
        expect(name.length).toBeLessThanOrEqual(200);
      }),
      { examples: [['a'.repeat(300)], ['/'.repeat(300)]] },
    );
  });

  test('is another for every other host, also where it is cut', () => {
    const host = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '.', '%', '2', 'E', '~', '/'), maxLength: 4 }),
      fc.constantFrom('x', 'y').map((last) => 'z'.repeat(300) + last),
    );
    fc.assert(
      fc.property(host, host, (one, other) => {
        expect(fileNameOf(one) === fileNameOf(other)).toBe(one === other);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the directory', () => {
  test('is made for its owner alone, with the folders above it', async () => {
    const directory = join(root, 'a', 'b');
    await openOutputDir(directory);
    expect([modeOf(directory), modeOf(join(root, 'a'))]).toEqual([0o700, 0o700]);
  });

  test('may be there already and stays as it is', async () => {
    chmodSync(root, 0o755);
    await openOutputDir(root);
    expect(modeOf(root)).toBe(0o755);
  });

  test("that cannot be one is the operator's error, with its name", async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(openOutputDir(file)).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'usage',
      message: expect.stringContaining(file) as string,
    });
    await expect(openOutputDir(join(file, 'x'))).rejects.toMatchObject({ name: 'ConfigError' });
  });
});

describe('the files', () => {
  test('are one for each host and stream, bytes as they came, for their owner alone', async () => {
    const stderr = memory();
    const presenter = compose([outputDir(root, stderr)]);
    const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x5b]);
    await presenter.handle(record(2, 'web1', bytes));
    await presenter.handle(record(2, 'web1', 'oh\n', 'error'));
    await presenter.handle(record(2, 'web1', 'more'));
    await presenter.handle(record(3, '../x', 'far\n'));
    await presenter.handle(state(2, 'web1', 'Failed'));
    await presenter.handle(end(job([child('web1'), child('../x'), child('web3')])));
    expect(readdirSync(root).toSorted()).toEqual([
      '%2E.%2Fx.err',
      '%2E.%2Fx.out',
      'web1.err',
      'web1.out',
      'web3.err',
      'web3.out',
    ]);
    const content = (name: string): Buffer => readFileSync(join(root, name));
    expect(content('web1.out').equals(Buffer.concat([bytes, Buffer.from('more')]))).toBe(true);
    expect(content('web1.err').toString()).toBe('oh\n');
    expect(content('%2E.%2Fx.out').toString()).toBe('far\n');
    expect(content('web3.out')).toHaveLength(0);
    for (const name of readdirSync(root)) expect(modeOf(join(root, name))).toBe(0o600);
    expect(stderr.text()).toBe('');
  });

  test('grow while the host talks', async () => {
    const presenter = compose([outputDir(root, memory())]);
    await presenter.handle(record(2, 'web1', 'half a line'));
    expect(readFileSync(join(root, 'web1.out'), 'utf8')).toBe('half a line');
    await presenter.handle(end(job([child('web1')])));
  });

  test('take the place of those of an earlier run, also where nothing was said this time', async () => {
    writeFileSync(join(root, 'web1.out'), 'old and long', { mode: 0o644 });
    writeFileSync(join(root, 'web1.err'), 'old');
    const presenter = compose([outputDir(root, memory())]);
    await presenter.handle(record(2, 'web1', 'new'));
    await presenter.handle(end(job([child('web1')])));
    expect(readFileSync(join(root, 'web1.out'), 'utf8')).toBe('new');
    expect(readFileSync(join(root, 'web1.err'), 'utf8')).toBe('');
    expect(modeOf(join(root, 'web1.out'))).toBe(0o600);
  });

  test('never go where a link points', async () => {
    const victim = join(root, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(root, 'out'));
    symlinkSync(victim, join(root, 'out', 'web1.out'));
    symlinkSync(join(root, 'nowhere'), join(root, 'out', 'web1.err'));
    const presenter = compose([outputDir(join(root, 'out'), memory())]);
    await presenter.handle(record(2, 'web1', 'new'));
    await presenter.handle(record(2, 'web1', 'new', 'error'));
    await presenter.handle(end(job([child('web1')])));
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readdirSync(root).toSorted()).toEqual(['out', 'victim']);
    expect(readFileSync(join(root, 'out', 'web1.out'), 'utf8')).toBe('new');
  });

  test('of hosts that differ in case alone are two everywhere', async () => {
    const presenter = compose([outputDir(root, memory())]);
    await presenter.handle(record(2, 'WEB', 'LARGE'));
    await presenter.handle(record(3, 'web', 'small'));
    await presenter.handle(end(job([child('WEB'), child('web')])));
    expect(readFileSync(join(root, 'WEB.out'), 'utf8')).toBe('LARGE');
    expect(readFileSync(join(root, 'web~2.out'), 'utf8')).toBe('small');
  });

  test('that cannot be written are told once each, the others are whole, and the end says so', async () => {
    mkdirSync(join(root, 'web1.out'));
    const stderr = memory();
    const presenter = compose([outputDir(root, stderr)]);
    await presenter.handle(record(2, 'web1', 'lost'));
    await presenter.handle(record(2, 'web1', 'lost too'));
    await presenter.handle(record(2, 'web1', 'kept', 'error'));
    await presenter.handle(record(3, 'web2', 'kept'));
    const ending = presenter.handle(end(job([child('web1'), child('web2')])));
    await expect(ending).rejects.toThrow(OutputDirError);
    await expect(ending).rejects.toThrow(`1 file in ${root} could not be written whole`);
    expect(stderr.text().split('\n')).toHaveLength(2);
    expect(stderr.text()).toContain(`muster: cannot write ${join(root, 'web1.out')}: `);
    expect(readFileSync(join(root, 'web1.err'), 'utf8')).toBe('kept');
    expect(readFileSync(join(root, 'web2.out'), 'utf8')).toBe('kept');
  });

  test('are closed when their host has ended', async () => {
    const presenter = compose([outputDir(root, memory())]);
    const openFiles = (): number => readdirSync('/proc/self/fd').length;
    await presenter.handle(record(2, 'web0', 'x'));
    await presenter.handle(state(2, 'web0', 'Completed'));
    const before = openFiles();
    for (let id = 3; id < 50; id += 1) {
      await presenter.handle(record(id, `web${id}`, 'x'));
      await presenter.handle(state(id, `web${id}`, 'Completed'));
    }
    expect(openFiles()).toBe(before);
    await presenter.handle(end(job([])));
  });
});
