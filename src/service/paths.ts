import { join } from 'node:path';
import { ConfigError } from '../model/errors.ts';
import type { ServicePaths } from './service.ts';

/** What of the environment says where a controller lives. */
export interface PathEnvironment {
  /** `$XDG_RUNTIME_DIR`, absolute; null: there is none. */
  readonly xdgRuntimeDir: string | null;
  /** `$XDG_STATE_HOME/muster`, else `~/.local/state/muster`; absolute. */
  readonly stateDir: string;
  /** `--instance`. */
  readonly instance: string;
}

/**
 * Where the controller of this name lives. Throws ConfigError: `usage` for a name that is none, `service` where the
 * socket's path would be too long. Touches no file.
 */
export function servicePaths({ xdgRuntimeDir, stateDir, instance }: PathEnvironment): ServicePaths {
  if (!INSTANCE.test(instance)) {
    throw new ConfigError('usage', `'${instance.slice(0, 64)}' cannot name a controller`, {
      hint: `a name has letters, digits, '.', '_' and '-', at most ${MOST_LETTERS}`,
    });
  }
  const folder = xdgRuntimeDir === null ? stateDir : join(xdgRuntimeDir, 'muster');
  const socket = join(folder, `${instance}.sock`);
  const length = Buffer.byteLength(socket);
  if (length > MOST_BYTES) {
    throw new ConfigError(
      'service',
      `the path of the controller's socket is too long: ${socket} (${length} bytes; ${MOST_BYTES} at most)`,
      { hint: 'set XDG_RUNTIME_DIR to a folder of yours with a shorter path' },
    );
  }
  return {
    instance,
    folder,
    socket,
    lock: join(folder, `${instance}.lock`),
    journal: join(stateDir, `${instance}.journal`),
    log: join(stateDir, `${instance}.log`),
  };
}

const MOST_LETTERS = 32;
const INSTANCE = /^[A-Za-z0-9._-]{1,32}$/u;
/** A socket's address holds 108 bytes on Linux and 104 elsewhere (unix(7)); while it is made its name is a little longer. */
const MOST_BYTES = 100;
