import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { expandNodeSet } from '../../src/targets/nodeset/expand.ts';
import { outputFilter } from '../../src/work/output/output-filter.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { homeIn, targetsOf, type Home } from '../targets/ssh-config/local.ts';
import { inventory, select } from '../targets/support.ts';
import { grownMb, takesMs, takesMsInAll } from './bounds.ts';

/*
 * That each of these is read rightly is tested where it is read. Here are those inputs that are made to take long, or much:
 * few pieces, each of them many times.
 */
const MOST_MS = 2_000;
const MOST_MB = 96;
const RUNS = { numRuns: 50 };

/** Some of the pieces, most of them often, with anything in between. */
function manyOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  const often = fc
    .tuple(fc.constantFrom(...pieces), fc.constantFrom(1, 2, 20, 3_000))
    .map(([piece, times]) => piece.repeat(times));
  return fc
    .array(fc.oneof({ weight: 5, arbitrary: often }, fc.string({ unit: 'binary', maxLength: 6 })), {
      maxLength: 6,
    })
    .map((all) => all.join(''));
}

/** A refusal in one line of what is written there; everything else is a defect. */
function refused(error: unknown): void {
  if (!(error instanceof ConfigError)) throw error;
  expect(error.message).not.toMatch(/[\r\n\u001B]/u);
  expect(error.message.length).toBeLessThan(2_000);
}

describe('no input makes us crash, hang or grow:', () => {
  test('node sets', async () => {
    const words = ['a', '[1-9]', '[1-', '[0-99999999999]', '[1-99999/3]', '[', ']', '(', ')', ','];
    const text = manyOf(
      ...words,
      '!',
      '&',
      '^',
      '@',
      '@*',
      '@g',
      '*',
      '?',
      '/',
      '/a*/',
      '-',
      '[1,2]',
    );
    const grown = await grownMb(() =>
      fc.assert(
        fc.property(text, (input) => {
          const ms = takesMs(() => {
            try {
              const groups = new Map([['g', ['x1', 'x2']]]);
              const found = expandNodeSet(input, { hosts: ['a1', 'b2'], groups, maxHosts: 5_000 });
              expect(found.length).toBeLessThanOrEqual(5_000);
            } catch (error) {
              refused(error);
            }
          });
          expect(ms, input.slice(0, 200)).toBeLessThan(MOST_MS);
        }),
        RUNS,
      ),
    );
    expect(grown).toBeLessThan(MOST_MB);
  });

  test('hosts.yaml', async () => {
    const words = [
      'hosts:\n',
      'groups:\n',
      '  a:',
      '  a: { hosts: b }\n',
      '{',
      '}',
      '[',
      ']',
      '- ',
    ];
    const text = manyOf(
      ...words,
      '&a [*a]',
      '*a,',
      '&a ',
      '? ',
      '|\n ',
      '"',
      '\n',
      '\n ',
      ': ',
      '<<: *a\n',
      'a[1-999999]',
      '__proto__: ',
      '!!x ',
      '---\n',
      '\t',
    );
    const grown = await grownMb(() =>
      fc.assert(
        fc.asyncProperty(text, async (input) => {
          const ms = await takesMsInAll(async () => {
            try {
              const from = await inventory(`hosts:\n  x: {}\n${input}`);
              await select({ all: true, inventory: from, allowEmpty: true });
            } catch (error) {
              refused(error);
            }
          });
          expect(ms, input.slice(0, 200)).toBeLessThan(MOST_MS);
        }),
        RUNS,
      ),
    );
    expect(grown).toBeLessThan(MOST_MB);
  });

  test('what commands mark in their output', async () => {
    const words = [
      '::warning::',
      '::progress ',
      '::progress 4::',
      '::progress 4.',
      '9',
      ':',
      '{',
      '{"a":',
      '[',
    ];
    const text = manyOf(...words, '"', '}', '\n', '\r', '\r\n', ' ', '\u0000', '\\');
    const grown = await grownMb(() =>
      fc.assert(
        fc.property(fc.array(text, { maxLength: 6 }), (pieces) => {
          let sent = 0;
          let given = 0;
          const ms = takesMs(() => {
            const filter = outputFilter(
              { markers: true, records: true },
              { write: (_, data) => (given += data.length), progress: () => undefined },
            );
            for (const piece of pieces) {
              const bytes = Buffer.from(piece);
              sent += bytes.length;
              filter?.take('output', bytes);
              expect(filter?.held ?? 0).toBeLessThanOrEqual(2 * 65_536);
            }
            filter?.end();
            expect(filter?.held).toBe(0);
          });
          // A marker is told without its mark; nothing becomes more than it was, but for a percentage.
          expect(given).toBeLessThanOrEqual(2 * sent);
          expect(ms).toBeLessThan(MOST_MS);
        }),
        RUNS,
      ),
    );
    expect(grown).toBeLessThan(MOST_MB);
  });

  describe('ssh_config', () => {
    let home: Home;
    beforeAll(() => {
      home = homeIn(temporaryFolder('fuzz-config'));
    });
    afterAll(() => rmSync(home.folder, { recursive: true }));

    test('ssh_config', async () => {
      const words = [
        'Host a\n',
        'Host *\n',
        'Host !a *\n',
        'Match all\n',
        'Match host a,*\n',
        'Match exec x\n',
      ];
      const text = manyOf(
        ...words,
        'Include config\n',
        'Include *\n',
        'ProxyJump a,',
        'HostName %h',
        '%h',
        '*',
        '?',
        '"',
        ' ',
        '\n',
        'Port 1\n',
        'User ${X}\n',
        'Host a*?a*b\n',
      );
      const grown = await grownMb(() =>
        fc.assert(
          fc.asyncProperty(text, async (input) => {
            const file = home.write('config', input);
            const ms = await takesMsInAll(async () => {
              try {
                await targetsOf(['a'.repeat(200), 'a'], { sshConfig: home.load({ file }) });
              } catch (error) {
                refused(error);
              }
            });
            expect(ms, input.slice(0, 200)).toBeLessThan(MOST_MS);
          }),
          { numRuns: 25 },
        ),
      );
      expect(grown).toBeLessThan(MOST_MB);
    });
  });
});
