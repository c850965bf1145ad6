import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { runMuster } from '../helpers/run-muster.ts';
import { musterProgram } from '../setup/build.ts';

const dist = join(dirname(musterProgram()), '../dist');

// How long these take is measured by the benchmark; here it is held what is loaded, which is what the time goes into.
describe('start-up', () => {
  test('--version is the version of the package', async () => {
    expect((await runMuster(['--version'])).text).toBe(`muster ${packageJson.version}\n`);
  });

  test('--version loads next to nothing', () => {
    const files = loadedWith('main.js');
    expect(files.size).toBeLessThanOrEqual(3);
    expect(textOf(files).length).toBeLessThan(2_000);
  });

  test('hosts loads the option parser, and nothing of what only a run needs', () => {
    const files = new Set([...loadedWith(chunk('dispatch')), ...loadedWith(chunk('hosts'))]);
    const text = textOf(files);
    expect(text).toContain('parserConfiguration');
    expect(text.length).toBeLessThan(300_000);
    for (const word of [IN_SSH2, 'cli-spinners', 'PQueue', 'YAMLException', 'safeParse']) {
      expect([word, text.includes(word)]).toEqual([word, false]);
    }
  });

  test('jobs loads nothing of what does the work', () => {
    const entries = ['dispatch', 'jobs', 'connect'].map((name) => loadedWith(chunk(name)));
    const text = textOf(new Set(entries.flatMap((files) => Array.from(files))));
    expect(text).toContain('parserConfiguration');
    expect(text.length).toBeLessThan(300_000);
    for (const word of [IN_SSH2, 'cli-spinners', 'PQueue', 'YAMLException', 'fastify']) {
      expect([word, text.includes(word)]).toEqual([word, false]);
    }
  });

  test('a run loads few files, which are opened at once', () => {
    const files = ['dispatch', 'run'].map((name) => loadedWith(chunk(name)));
    expect(new Set(files.flatMap((found) => Array.from(found))).size).toBeLessThanOrEqual(8);
  });

  test('a run loads ssh2, ora and the YAML library only when it needs them', () => {
    const text = textOf(loadedWith(chunk('run')));
    expect(text).toMatch(/import\("\.\/ssh2-[A-Z0-9]{8}\.js"\)/u);
    for (const word of [IN_SSH2, 'cli-spinners', 'YAMLException', 'safeParse']) {
      expect([word, text.includes(word)]).toEqual([word, false]);
    }
  });
});

/** Of this build: those of the one before are still there for a while. */
function chunk(name: string): string {
  const all = filesFrom('main.js', ANY_IMPORT);
  const found = [...all].filter((file) => HASHED.exec(basename(file))?.[1] === name);
  expect(found).toHaveLength(1);
  return join('chunks', basename(found[0] ?? ''));
}

/** The files that are read before the first line of this one runs: what it imports, and what that imports. */
function loadedWith(entry: string): ReadonlySet<string> {
  return filesFrom(entry, STATIC_IMPORT);
}

function filesFrom(entry: string, imports: RegExp): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [join(dist, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(imports)) {
      queue.push(join(dirname(file), name));
    }
  }
  return found;
}

function textOf(files: ReadonlySet<string>): string {
  return [...files].map((file) => readFileSync(file, 'utf8')).join('\n');
}

/** What only ssh2 says. */
const IN_SSH2 = 'Handshake failed: signature verification failed';
const HASHED = /^(.*)-[A-Z0-9]{8}\.js$/u;
/** `import(...)` is none: that is loaded when it is reached. */
const STATIC_IMPORT = /(?:\bfrom|\bimport)\s*"(\.{1,2}\/[^"]+)"/gu;
const ANY_IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+\.js)"/gu;
