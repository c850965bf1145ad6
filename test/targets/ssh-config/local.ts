import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Target } from '../../../src/model/target.ts';
import type { SelectionRequest } from '../../../src/targets/selection.ts';
import { loadSshConfig, type SshConfigSources } from '../../../src/targets/ssh-config/load.ts';
import type { LocalContext, SshConfig } from '../../../src/targets/ssh-config/ssh-config.ts';
import { select } from '../support.ts';

/** A home with these files, and what is read from it. */
export interface Home {
  readonly folder: string;
  write(path: string, text: string, mode?: number): string;
  load(sources?: Partial<SshConfigSources>, local?: Partial<LocalContext>): SshConfig;
}

export function homeIn(folder: string): Home {
  return {
    folder,
    write(path, text, mode = 0o600) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode });
      return file;
    },
    load: (sources = {}, local = {}) =>
      loadSshConfig(
        { file: null, options: [], matchExec: false, decided: new Set(), ...sources },
        {
          home: folder,
          cwd: folder,
          user: 'me',
          uid: process.getuid?.() ?? null,
          hostName: 'here.example',
          env: {},
          ...local,
        },
      ),
  };
}

/** The targets that come of it, by name. */
export async function targetsOf(
  hosts: readonly string[],
  request: Partial<SelectionRequest>,
): Promise<Readonly<Record<string, Target>>> {
  const { targets } = await select({ hosts, ...request });
  return Object.fromEntries(targets.map((target) => [target.name, target]));
}
