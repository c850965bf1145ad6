import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fleetForFile } from '../../fleet/for-file.ts';
import type { Fleet } from '../../fleet/sshd.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

/** A new folder for the keys of a test file, removed after its last test: gives the path of each by its name. */
export function keyFolder(purpose: string): (name: string) => string {
  const folder = temporaryFolder(purpose);
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name) => join(folder, name);
}

/** A fleet that lets in these keys of the folder, and no others. */
export async function fleetThatLetsIn(
  path: (name: string) => string,
  names: readonly string[],
): Promise<Fleet> {
  const authorized = path('authorized_keys');
  writeFileSync(
    authorized,
    names.map((name) => readFileSync(path(`${name}.pub`), 'utf8')).join(''),
  );
  return await fleetForFile({ config: [`AuthorizedKeysFile ${authorized}`] });
}
