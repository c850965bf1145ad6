// Bundles the library and the command line into dist/: few files to open at start-up, and what a run may not need
// (ssh2, ora, the YAML and schema libraries) in chunks of their own that are loaded when it is needed.
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputFile, type Plugin } from 'esbuild';

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

/** Library and command line apart: what they shared would be cut into many small chunks. */
const files = [...(await bundle('src/index.ts')), ...(await bundle('src/cli/main.ts'))];

// Chunks first, and every file appears whole: a command that starts meanwhile finds the old build or the new one.
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
    if (entry.isFile() && !made.has(path)) rmSync(path, { force: true });
  }
}

async function bundle(entry: string): Promise<readonly OutputFile[]> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    outdir: dist,
    entryNames: '[name]',
    chunkNames: 'chunks/[name]-[hash]',
    // ssh2 finds its native binding by a path of its own; fastify and its plugins call require() for Node's modules.
    external: ['ssh2', 'fastify', '@fastify/swagger'],
    plugins: [plainWidth],
    // Names stay, so that a stack trace can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'linked',
    logLevel: 'warning',
    write: false,
  });
  return outputFiles;
}

function rank({ path }: OutputFile): number {
  return dirname(path) === dist ? 1 : 0;
}
