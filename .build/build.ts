// Bundles the library and the command line into dist/: few files to open at start-up, and what a run may not need
// (ssh2, ora, the YAML and schema libraries) in chunks of their own that are loaded when it is needed.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputFile, type Plugin } from 'esbuild';
import { factsSchema } from '../src/model/facts-schema.ts';
import { mergeLayers, OUTPUT, type Layer } from './layers.ts';
import { leanSsh2 } from './ssh2.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/**
 * yargs measures its help texts with string-width, whose emoji expressions take Node 20 ms to compile at start-up. Our
 * help texts are our own, and so yargs measures nothing.
 */
const plainWidth: Plugin = {
  name: 'plain-width',
  setup(bundler) {
    bundler.onResolve({ filter: /^string-width$/ }, ({ importer }) =>
      /node_modules\/(yargs|cliui|wrap-ansi)\//.test(importer)
        ? { path: 'string-width', namespace: 'plain-width' }
        : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: 'plain-width' }, () => ({
      contents: 'export default (text) => text.length;',
    }));
  },
};

const verb = (name: string): string => `src/cli/commands/${name}.ts`;
const ON_JOBS = 'jobs wait receive stop suspend resume remove answer'.split(' ');

/** What is loaded together, least first. */
const LAYERS: readonly Layer[] = [
  { name: 'first', of: ['src/cli/main.ts'] },
  { name: 'base', of: ['src/cli/dispatch.ts'] },
  { name: 'selecting', of: [verb('hosts')] },
  { name: 'managing', of: ['src/service/client/connect.ts', ...ON_JOBS.map(verb)] },
  { name: 'working', of: [verb('run')] },
];

/** Library and command line apart: what they shared would be cut into many small chunks. */
const files: readonly Pick<OutputFile, 'path' | 'contents'>[] = [
  ...(await bundle('src/index.ts', [])),
  ...(await bundle('src/cli/main.ts', LAYERS)),
  {
    path: join(dist, 'facts.schema.json'),
    contents: Buffer.from(`${JSON.stringify(factsSchema(), null, 2)}\n`),
  },
];

// Chunks first, and every file appears whole: a command that starts meanwhile finds the old build or the new one. One that
// runs may yet load chunks of its own, which stay for as long as that may take.
const GRACE_MS = 10 * 60_000;
mkdirSync(join(dist, 'chunks'), { recursive: true });
const chunksFirst = files.toSorted((one, other) => rank(one) - rank(other));
for (const { path, contents } of chunksFirst) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}
const made = new Set(files.map(({ path }) => path));
for (const folder of [dist, join(dist, 'chunks')]) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && !made.has(path) && isOld(path)) rmSync(path, { force: true });
  }
}

async function bundle(entry: string, layers: readonly Layer[]): Promise<readonly OutputFile[]> {
  const { outputFiles, metafile } = await build({
    ...OUTPUT,
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    metafile: true,
    minifyWhitespace: false,
    legalComments: 'inline',
    outdir: dist,
    entryNames: '[name]',
    chunkNames: 'chunks/[name]-[hash]',
    // fastify and its plugins call require() for Node's modules.
    external: ['fastify', '@fastify/swagger'],
    // For the path of a program that asks for the keys of Pageant, which is left to ssh.
    define: { __dirname: '"."' },
    plugins: [plainWidth, leanSsh2],
  });
  return mergeLayers({ root, outdir: dist, outputFiles, metafile }, layers);
}

function isOld(path: string): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age > GRACE_MS;
}

function rank({ path }: Pick<OutputFile, 'path'>): number {
  return dirname(path) === dist ? 1 : 0;
}
