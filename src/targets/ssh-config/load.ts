import { join, resolve } from 'node:path';
import { abbreviated, Reader } from './read.ts';
import { localTokens } from './tokens.ts';
import { SshConfig, type LocalContext, type SshConfigOptions } from './ssh-config.ts';

export interface SshConfigSources extends SshConfigOptions {
  /** `-F`: this file instead of the user's and the system's; `none`: no file; null: nothing was said. */
  readonly file: string | null;
  /** `-o`: `Option=Value` each. */
  readonly options: readonly string[];
}

/**
 * Reads the files that ssh would read, and what they include. Throws ConfigError `ssh-config`, naming file and line: a
 * file that others can write, one that was named and is not there, a line that cannot be.
 */
export function loadSshConfig(sources: SshConfigSources, local: LocalContext): SshConfig {
  const { file, options } = sources;
  const { home, uid, cwd, env } = local;
  const reader = new Reader({ home, uid, env, tokens: localTokens(local) });
  reader.readOptions(options);
  if (file === null) {
    const own = join(home, '.ssh/config');
    reader.readFile({
      path: own,
      origin: { name: abbreviated(own, home), level: 'user' },
      checked: true,
      optional: true,
    });
    const origin = { name: SYSTEM_FILE, level: 'system' } as const;
    reader.readFile({ path: SYSTEM_FILE, origin, checked: false, optional: true });
  } else if (file.toLowerCase() !== 'none') {
    const path = resolve(cwd, file);
    const origin = { name: abbreviated(path, home), level: 'user' } as const;
    reader.readFile({ path, origin, checked: false, optional: false });
  }
  return new SshConfig(reader, local, sources);
}

const SYSTEM_FILE = '/etc/ssh/ssh_config';
