import type { FileLimits } from '../../model/ports/files.ts';
import type { Fields } from './fields.ts';
import type { Requests } from './requests.ts';
import { TYPE } from './wire.ts';

/** What a server has told of itself. */
export interface Greeting {
  /** Names of the extensions it has. */
  readonly extensions: ReadonlySet<string>;
  readonly limits: FileLimits;
}

/** Greets the server, and asks for its limits where it tells them (OpenSSH's PROTOCOL, section 4.8). */
export async function greet(requests: Requests): Promise<Greeting> {
  const extensions = await requests.greet(readExtensions);
  if (!extensions.has(LIMITS)) return { extensions, limits: PLAIN };
  const request = { type: TYPE.extended, name: Buffer.from(LIMITS), path: '' };
  return { extensions, limits: await requests.ask(request, TYPE.extendedReply, readLimits) };
}

/** The version is not looked at: a server answers with ours or a lower one, and nobody has a lower one any more. */
function readExtensions(fields: Fields): ReadonlySet<string> {
  fields.uint32();
  const names = new Set<string>();
  while (!fields.isAtEnd && names.size < MOST_EXTENSIONS) {
    names.add(fields.text());
    fields.bytes();
  }
  return names;
}

/** 0 means that the server does not say. However much it would take, there are bounds to what one request holds. */
function readLimits(fields: Fields): FileLimits {
  fields.uint64();
  const read = fields.uint64();
  const write = fields.uint64();
  const handles = fields.uint64();
  return {
    read: within(read, PLAIN.read),
    write: within(write, PLAIN.write),
    handles: handles === 0 ? PLAIN.handles : Math.min(handles, MOST_HANDLES),
  };
}

function within(limit: number, plain: number): number {
  return limit === 0 ? plain : Math.max(LEAST, Math.min(limit, MOST));
}

const LIMITS = 'limits@openssh.com';
/** What every server takes (section 3): 34000 bytes with everything around the data. */
const PLAIN: FileLimits = { read: 32 * 1024, write: 32 * 1024, handles: 100 };
/** OpenSSH's own: its packets of 256 kB without what is around the data. */
const MOST = 255 * 1024;
const LEAST = 1024;
const MOST_HANDLES = 1000;
const MOST_EXTENSIONS = 100;
