import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Every file and package that is loaded with a file, before it does anything. */
function loadedWith(file: URL, found: Set<string> = new Set()): Set<string> {
  if (found.has(file.href)) return found;
  found.add(file.href);
  const source = readFileSync(fileURLToPath(file), 'utf8');
  for (const match of source.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';$/gmu)) {
    const [statement, specifier = ''] = match;
    if (/^(?:import|export) type /u.test(statement)) continue;
    if (specifier.startsWith('.')) loadedWith(new URL(specifier, file), found);
    else found.add(specifier);
  }
  return found;
}

describe('what a start costs', () => {
  it.each(['nodeset/expand.ts', 'nodeset/fold.ts', 'selection.ts', 'inventory/find.ts'])(
    '%s loads no package, and nothing that reads YAML',
    (name) => {
      const loaded = [...loadedWith(new URL(`../../src/targets/${name}`, import.meta.url))];
      const packages = loaded.filter((one) => !one.startsWith('file:') && !one.startsWith('node:'));
      expect(packages.filter((one) => !builtinModules.includes(one))).toEqual([]);
      expect(loaded.filter((one) => /yaml|read-document/u.test(one))).toEqual([]);
      expect(loaded.length).toBeGreaterThan(name.includes('fold') ? 3 : 1);
    },
  );
});
