import { unlinkSync } from 'node:fs';
import { errorCode } from './system-error.ts';

/** Removes a file or a link; that it is gone already is fine. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
