import { FileError, type DirectoryEntry } from '../../model/ports/files.ts';
import { readAttributes } from './attributes.ts';
import type { Fields } from './fields.ts';
import type { Requests } from './requests.ts';
import { TYPE } from './wire.ts';

/** Reads an open folder to its end, and closes it. A folder without end is a FileError. */
export async function listFolder(
  requests: Requests,
  handle: Buffer,
  path: string,
): Promise<readonly DirectoryEntry[]> {
  const entries: DirectoryEntry[] = [];
  let dots = 0;
  let bytes = 0;
  const readOn = async (): Promise<boolean> => {
    const request = { type: TYPE.readdir, name: handle, path };
    const some = await requests.askUntilEnd(request, TYPE.name, readEntries);
    // A reply without names is no end in the draft; who sent them for ever would never come to one.
    if (some === null || some.length === 0) return false;
    for (const entry of some) {
      bytes += entry.name.length;
      if (entry.name === '.' || entry.name === '..') dots += 1;
      else entries.push(entry);
    }
    return true;
  };
  try {
    for (let more = true; more;) {
      // A server answers in order: who asks ahead saves round trips, and gets the end several times.
      const answers = await Promise.all(Array.from({ length: ASKED_AHEAD }, readOn));
      more = answers.every((answer) => answer);
      if (dots > MOST_DOTS || entries.length > MOST_ENTRIES || bytes > MOST_NAME_BYTES)
        throw endless(path);
    }
    return entries;
  } finally {
    await requests.tell({ type: TYPE.close, name: handle, path });
  }
}

function readEntries(fields: Fields): readonly DirectoryEntry[] {
  const count = fields.uint32();
  const entries: DirectoryEntry[] = [];
  // A count that lies comes to the packet's end first.
  for (let index = 0; index < count; index += 1) {
    const name = fields.text();
    // What `ls -l` would say.
    fields.bytes();
    entries.push({ name, attributes: readAttributes(fields) });
  }
  return entries;
}

function endless(path: string): FileError {
  return new FileError('failure', path, 'its names do not come to an end');
}

const ASKED_AHEAD = 4;
/** More than people put into one folder; their names and attributes take some 100 MB. */
const MOST_ENTRIES = 500_000;
/** Of each there is one. */
const MOST_DOTS = 100;
const MOST_NAME_BYTES = 64 * 1024 * 1024;
