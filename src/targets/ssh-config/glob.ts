import { existsSync, readdirSync } from 'node:fs';

/** The paths that a pattern names, sorted, as glob(3) has them: a leading dot has to be written. */
export function expandGlob(pattern: string): readonly string[] {
  if (!MAGIC.test(pattern)) return existsSync(pattern) ? [pattern] : [];
  const [first = '', ...others] = pattern.split('/');
  let found: readonly string[] = [first];
  for (const segment of others) {
    if (!MAGIC.test(segment)) {
      found = found.map((path) => `${path}/${segment}`);
      continue;
    }
    const wanted = segmentPattern(segment);
    found = found.flatMap((path) =>
      names(path === '' ? '/' : path)
        .filter((name) => wanted.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
        .map((name) => `${path}/${name}`),
    );
  }
  return found.filter((path) => existsSync(path)).sort();
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // What is no folder, or cannot be read, holds nothing that the pattern could name: glob(3) says nothing either.
    return [];
  }
}

function segmentPattern(segment: string): RegExp {
  const source = segment.replace(/\[!?[^\]]+\]|\\.|[\s\S]/gu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.startsWith('[') && part.length > 1) {
      const negated = part[1] === '!';
      const inside = part.slice(negated ? 2 : 1, -1).replaceAll(/[\\^\][]/gu, String.raw`\$&`);
      return `[${negated ? '^' : ''}${inside}]`;
    }
    const character = part.startsWith('\\') ? part.slice(-1) : part;
    return character.replace(/[\\^$.*+?()[\]{}|/]/u, String.raw`\$&`);
  });
  try {
    return new RegExp(`^(?:${source})$`, 'su');
  } catch {
    // A range that runs backwards matches nothing.
    return /^\b$/u;
  }
}

export function isGlob(path: string): boolean {
  return MAGIC.test(path);
}

const MAGIC = /[*?[\\]/u;
