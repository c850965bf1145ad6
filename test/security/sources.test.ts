import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly integrity?: string; readonly resolved?: string } & {
        readonly hasInstallScript?: true;
        readonly link?: true;
        readonly dev?: true;
      } & Partial<Pick<Package, 'dependencies' | 'devDependencies'>>
    >
  >;
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const own = read('package.json') as Package;
const lock = read('package-lock.json') as Lock;
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);

describe('C21: what comes from others', () => {
  test('is of exact versions, those of the lockfile, by digest and from the registry', () => {
    for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) {
      expect(version, name).toMatch(EXACT);
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
    for (const [path, { integrity, resolved }] of locked) {
      expect(integrity, path).toMatch(/^sha512-/u);
      if (resolved !== undefined)
        expect(resolved, path).toMatch(/^https:\/\/registry\.npmjs\.org\//u);
    }
    const { dependencies, devDependencies } = lock.packages[''] ?? {};
    expect([dependencies, devDependencies]).toEqual([own.dependencies, own.devDependencies]);
    for (const version of Object.values(own.overrides)) expect(version).toMatch(EXACT);
  });

  test('is what is installed here, by digest', () => {
    const installed = read('node_modules/.package-lock.json') as Lock;
    for (const [path, { integrity }] of Object.entries(installed.packages))
      expect(integrity, path).toBe(lock.packages[path]?.integrity);
  });

  test('runs no scripts when it is installed but those that are named', () => {
    const scripted = locked.filter(([, entry]) => entry.hasInstallScript === true);
    const allowed = Object.entries(own.allowScripts).filter(([, isAllowed]) => isAllowed);
    const names = new Set(allowed.map(([name]) => name));
    expect(scripted.map(([path]) => nameOf(path)).filter((name) => !names.has(name))).toEqual(
      UNUSED_SCRIPTS,
    );
  });

  test('is little: seven packages that are shipped with it, and what these need', () => {
    expect(Object.keys(own.dependencies)).toHaveLength(7);
    expect(locked.filter(([, { dev }]) => dev !== true).length).toBeLessThan(100);
  });

  test('has nothing run where it is installed but its own build', () => {
    const atInstall = /^(?:pre|post)?(?:install|prepublish)$|^(?:pre|post)prepare$/u;
    expect(Object.keys(own.scripts).filter((name) => atInstall.test(name))).toEqual([]);
    expect(own.scripts['prepare']).toBe('npm run build');
  });
});

describe('C06: remote bytes are data', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }));
  const holding = (pattern: RegExp): readonly string[] =>
    sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

  test('no text becomes code', () => {
    // The function that a program hands to a thread is compiled once here, to tell its mistakes, and is not run.
    expect(holding(/\beval\(|new Function\(|node:vm|createRequire/u)).toEqual([
      'work/thread/spec.ts',
    ]);
  });

  test('patterns are made of text in few places, and none of what a host says', () => {
    expect(holding(/new RegExp\(/u).toSorted()).toEqual(PATTERNS_OF_TEXT);
  });
});

/** One version, and no range of them. */
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/u;
const UNUSED_SCRIPTS: readonly string[] = [];
/** Of our own text, of node sets as they were typed, and of file names in ssh_config. */
const PATTERNS_OF_TEXT: readonly string[] = [
  'base/safe-text.ts',
  'targets/nodeset/parse.ts',
  'targets/ssh-config/glob.ts',
];
