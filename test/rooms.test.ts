import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Which room may import which: the table of the design, executed. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  targets: ['model', 'base'],
  work: ['model', 'base'],
  transport: ['model', 'base'],
  results: ['model', 'base'],
  controller: ['model', 'base'],
  presenters: ['model', 'base', 'results'],
  index: ['targets', 'work', 'transport', 'results', 'controller', 'presenters', 'model', 'base'],
  service: ['index', 'model', 'base'],
  cli: ['index', 'service', 'presenters', 'targets', 'model', 'base'],
};

/** What only some files may touch: a pattern over the source, and where it is allowed. */
const RESERVED: readonly { what: string; pattern: RegExp; allowed: RegExp }[] = [
  {
    what: 'ssh2',
    pattern: /from 'ssh2'|import\('ssh2'\)/u,
    allowed: /^src\/transport\/ssh2\.ts$/u,
  },
  { what: 'yargs', pattern: /from 'yargs|import\('yargs/u, allowed: /^src\/cli\//u },
  { what: 'ora', pattern: /from 'ora'|import\('ora'\)/u, allowed: /^src\/presenters\//u },
  {
    what: 'p-queue',
    pattern: /from 'p-queue'|import\('p-queue'\)/u,
    allowed: /^src\/controller\//u,
  },
  { what: 'console', pattern: /\bconsole\./u, allowed: /^$/u },
  { what: 'process.exit', pattern: /\bprocess\.exit\(/u, allowed: /^$/u },
  {
    what: 'a clock or timer',
    pattern:
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bset(?:Timeout|Interval|Immediate)\(/u,
    allowed: /^src\/base\/clock\.ts$/u,
  },
  {
    what: 'a local process',
    pattern: /node:child_process/u,
    // A LocalJob's own process, the background controller, what connects or asks for us, and Match exec where it is allowed.
    allowed:
      /^src\/(?:work\/local\/spawn|service\/launch|transport\/connect\/proxy-command|targets\/ssh-config\/match-exec|cli\/askpass)\.ts$/u,
  },
  { what: 'a local shell', pattern: /shell: true|\bexecSync\(/u, allowed: /^$/u },
  {
    what: 'a thread',
    pattern: /node:worker_threads/u,
    allowed: /^src\/work\/thread\/worker\.ts$/u,
  },
  {
    what: 'fastify',
    pattern: /from '@?fastify|import\('@?fastify/u,
    allowed: /^src\/service\//u,
  },
];

const root = join(import.meta.dirname, '..');
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

describe('rooms', () => {
  test('every import goes along the table', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((to) => roomOf(to) !== roomOf(file))
        .filter((to) => !(MAY_IMPORT[roomOf(file)] ?? []).includes(roomOf(to)))
        .map((to) => `${file} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every room is in the table', () => {
    expect(files.map(roomOf).filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  test('presenters read results and never write them', () => {
    const wrong = files
      .filter((file) => roomOf(file) === 'presenters')
      .flatMap((file) => importsOf(file).map((to) => `${file} imports ${to}`))
      .filter((edge) => /results\/(?:result-store|record-log)/u.test(edge));
    expect(wrong).toEqual([]);
  });

  test('no file is in an import cycle', () => {
    expect(cycle(files)).toBeNull();
  });

  test.each(RESERVED)('$what stays in its room', ({ pattern, allowed }) => {
    const wrong = files.filter((file) => !allowed.test(file) && pattern.test(codeOf(file)));
    expect(wrong).toEqual([]);
  });

  test('files stay small', () => {
    const large = files
      .map((file) => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length }))
      .filter(({ lines }) => lines > 300);
    expect(large).toEqual([]);
  });
});

/** The top-level files of src are the library's room, called index. */
function roomOf(file: string): string {
  const [, room, rest] = file.split('/');
  return rest === undefined ? 'index' : (room ?? '');
}

function importsOf(file: string): readonly string[] {
  const found = codeOf(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/gu);
  return [...found].map(([, path]) => relative(root, join(root, dirname(file), path ?? '')));
}

/** The source without comments, where words of prose would be taken for code. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, '');
}

/** A cycle over static imports; types count too, since they say who must know whom. */
function cycle(all: readonly string[]): readonly string[] | null {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const to of importsOf(file)) {
      const found = walk(to, [...path, file]);
      if (found !== null) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of all) {
    const found = walk(file, []);
    if (found !== null) return found;
  }
  return null;
}
