import { link, open, readFile, unlink } from 'node:fs/promises';
import { errorCode } from '../base/system-error.ts';
import { ConfigError } from '../model/errors.ts';

/** What locks are made of: each call is one step that others see done or not done. */
export interface LockFiles {
  /** Makes a file, 0600, that must not be there yet. */
  create(path: string, text: string): Promise<void>;
  /** Gives the file a second name; false: something has that name. */
  link(from: string, to: string): Promise<boolean>;
  /** null: there is none. */
  read(path: string): Promise<string | null>;
  /** That it is gone already is fine. */
  remove(path: string): Promise<void>;
}

export const lockFiles: LockFiles = {
  create: async (path, text) => {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      // Its bytes are on the disk before its name as a lock is: a power cut leaves a lock that can be read, or none.
      await file.sync();
    } finally {
      await file.close();
    }
  },
  link: async (from, to) => {
    try {
      await link(from, to);
      return true;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EEXIST') return false;
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
      throw new ConfigError('service', `no lock can be made at ${to}: no hard links there`, {
        cause: error,
        hint: 'set XDG_RUNTIME_DIR to a folder on a local disk or in memory',
      });
    }
  },
  read: async (path) => {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  },
  remove: async (path) => {
    try {
      await unlink(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  },
};
