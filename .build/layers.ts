import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** Files that are loaded together become one. */
export interface Layer {
  readonly name: string;
  /** Sources that begin chunks of their own: the layer is what each of these imports, and no layer before it has. */
  readonly of: readonly string[];
}

/** What esbuild made by splitting; nothing is written yet. */
export interface Split {
  readonly root: string;
  readonly outdir: string;
  readonly outputFiles: readonly OutputFile[];
  readonly metafile: Metafile;
}

interface Chunk {
  readonly text: string;
  readonly names: readonly string[];
  /** What it imports before its first line runs, by path below outdir. */
  readonly imports: readonly string[];
  readonly source: string | null;
}

/**
 * Splitting makes a chunk of every set of entries that share something: half a hundred, and a command imports most. Node
 * opens all at once what one file imports, which takes as many descriptors, and a millisecond for each. This makes one
 * file of each layer. A layer imports only from those before it, so that there is no cycle.
 */
export async function mergeLayers(
  split: Split,
  layers: readonly Layer[],
): Promise<readonly OutputFile[]> {
  const chunks = chunksOf(split);
  const layerOf = assign(chunks, layers);
  // Files of two builds never import each other: which ones lie there while a build takes another's place is chance.
  const id = hash([JSON.stringify(layers), ...chunks.keys()].join('\n'));
  const named = (chunk: string): string => {
    const layer = layerOf.get(chunk);
    if (layer !== undefined) return `chunks/${layer}-${id}.js`;
    return chunk.startsWith('chunks/') ? chunk.replace(HASH, `-${hash(chunk + id)}.js`) : chunk;
  };
  const alone = [...chunks.keys()].filter((chunk) => !layerOf.has(chunk));
  const { outputFiles } = await build({
    absWorkingDir: split.root,
    outdir: split.outdir,
    entryPoints: [
      ...alone.map((chunk) => ({ in: `chunk:${chunk}`, out: named(chunk).slice(0, -3) })),
      ...[...new Set(layerOf.values())].map((layer) => ({
        in: `layer:${layer}`,
        out: `chunks/${layer}-${id}`,
      })),
    ],
    plugins: [merging(chunks, layerOf, named)],
    bundle: true,
    ...OUTPUT,
    // Said of packages, in which the first pass says nothing.
    logOverride: { 'suspicious-boolean-not': 'silent' },
  });
  return outputFiles;
}

/** How every file looks. Names stay, so that a stack trace can be read. */
export const OUTPUT = {
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'linked',
  logLevel: 'warning',
  write: false,
} as const;

function merging(
  chunks: ReadonlyMap<string, Chunk>,
  layerOf: ReadonlyMap<string, string>,
  named: (chunk: string) => string,
): Plugin {
  return {
    name: 'merge-layers',
    setup(bundler) {
      bundler.onResolve({ filter: /^(?:chunk|layer):/ }, ({ path }) => ({
        path: path.slice(6),
        namespace: path.slice(0, 5),
      }));
      bundler.onResolve({ filter: /.*/, namespace: 'other' }, ({ path }) => ({
        path,
        external: true,
      }));
      bundler.onResolve({ filter: /^\.{1,2}\// }, ({ path, kind, importer, namespace }) => {
        const chunk = join('chunks', basename(path));
        const layer = layerOf.get(chunk);
        if (layer !== undefined && (namespace === 'layer' || layerOf.get(importer) === layer))
          return { path: chunk, namespace: 'chunk' };
        const isBelow = importer.startsWith('chunks/');
        const file = `./${isBelow ? basename(named(chunk)) : named(chunk)}`;
        return layer === undefined || kind === 'dynamic-import'
          ? { path: file, external: true }
          : { path: `${chunk}>${file}`, namespace: 'other' };
      });
      bundler.onResolve({ filter: /.*/ }, ({ path }) => ({ path, external: true }));

      bundler.onLoad({ filter: /.*/, namespace: 'layer' }, ({ path: layer }) => ({
        contents: [...chunks]
          .filter(([chunk]) => layerOf.get(chunk) === layer)
          .map(([chunk, { names }]) => {
            const list = names.map((name) => `${name} as ${alias(chunks, chunk, name)}`);
            return `export {${list.join(',')}} from './${basename(chunk)}';`;
          })
          .join('\n'),
      }));
      bundler.onLoad({ filter: /.*/, namespace: 'other' }, ({ path }) => {
        const [chunk = '', file = ''] = path.split('>');
        const list = chunks
          .get(chunk)
          ?.names.map((name) => `${alias(chunks, chunk, name)} as ${name}`);
        return { contents: `export {${list?.join(',')}} from '${file}';` };
      });
      bundler.onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({
        contents: chunks.get(path)?.text ?? '',
      }));
    },
  };
}

function chunksOf({ root, outdir, outputFiles, metafile }: Split): ReadonlyMap<string, Chunk> {
  const below = (path: string): string => join(root, path).slice(outdir.length + 1);
  const texts = new Map(outputFiles.map((file) => [file.path.slice(outdir.length + 1), file.text]));
  return new Map(
    Object.entries(metafile.outputs).map(([path, { imports, exports, entryPoint }]) => {
      const text = texts.get(below(path)) ?? '';
      const chunk: Chunk = {
        // What CommonJS requires of Node's own, esbuild leaves to whoever has a `require`.
        text: text.includes('Dynamic require of') ? `${REQUIRE}\n${text}` : text,
        names: exports,
        imports: imports
          .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
          .map((one) => below(one.path)),
        source: entryPoint ?? null,
      };
      return [below(path), chunk];
    }),
  );
}

/** Which layer each chunk is in; what begins an entry, and is imported by name, stays alone. */
function assign(
  chunks: ReadonlyMap<string, Chunk>,
  layers: readonly Layer[],
): ReadonlyMap<string, string> {
  const layerOf = new Map<string, string>();
  for (const { name, of } of layers) {
    const queue = [...chunks].filter(([, { source }]) => of.includes(source ?? ''));
    if (queue.length < of.length) throw new Error(`layer ${name}: not all of ${of.join(', ')}`);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [chunk, { imports, source }] = next;
      if (layerOf.has(chunk)) continue;
      if (source === null) layerOf.set(chunk, name);
      for (const path of imports) {
        const one = chunks.get(path);
        if (one !== undefined) queue.push([path, one]);
      }
    }
  }
  return layerOf;
}

/** Two chunks may export the same name. */
function alias(chunks: ReadonlyMap<string, Chunk>, chunk: string, name: string): string {
  return `${name}_${[...chunks.keys()].indexOf(chunk)}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
}

const HASH = /-\w{8}\.js$/u;
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
