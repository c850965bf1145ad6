import type {
  AttributeChange,
  DirectoryEntry,
  FileAttributes,
  FileLimits,
  FileSession,
  OpenMode,
  RemoteFile,
} from '../../model/ports/files.ts';
import { FileError } from '../../model/ports/files.ts';
import { attributeBytes, readAttributes } from './attributes.ts';
import { MalformedPacket, type Fields } from './fields.ts';
import type { Greeting } from './greeting.ts';
import { listFolder } from './listing.ts';
import { OpenFile, readHandle } from './open-file.ts';
import { putFile } from './put-file.ts';
import type { PathRequest, Requests } from './requests.ts';
import { OPEN, TYPE } from './wire.ts';

/** A host's files, by SFTP version 3 and those of OpenSSH's extensions (its PROTOCOL, section 4) that the server has. */
export class SftpSession implements FileSession {
  readonly limits: FileLimits;
  readonly #requests: Requests;
  readonly #extensions: ReadonlySet<string>;
  readonly #end: () => Promise<void>;
  #ending: Promise<void> | null = null;

  /** `end` ends the channel, and resolves when the host has done so too. */
  constructor(requests: Requests, { extensions, limits }: Greeting, end: () => Promise<void>) {
    this.#requests = requests;
    this.#extensions = extensions;
    this.limits = limits;
    this.#end = end;
  }

  realpath(path: string): Promise<string> {
    return this.#requests.ask(about(TYPE.realpath, path), TYPE.name, readName);
  }

  lstat(path: string): Promise<FileAttributes> {
    return this.#requests.ask(about(TYPE.lstat, path), TYPE.attrs, readAttributes);
  }

  stat(path: string): Promise<FileAttributes> {
    return this.#requests.ask(about(TYPE.stat, path), TYPE.attrs, readAttributes);
  }

  async open(path: string, how: OpenMode, mode?: number): Promise<RemoteFile> {
    const flags = Buffer.allocUnsafe(4);
    flags.writeUInt32BE(FLAGS[how], 0);
    const fields = Buffer.concat([flags, attributeBytes(mode === undefined ? {} : { mode })]);
    const request = { ...about(TYPE.open, path), fields };
    const handle = await this.#requests.ask(request, TYPE.handle, readHandle);
    const canSync = this.#extensions.has('fsync@openssh.com');
    return new OpenFile(this.#requests, handle, path, this.limits, canSync);
  }

  put(path: string, bytes: Uint8Array, mode: number, attributes: AttributeChange): Promise<void> {
    return putFile(this.#requests, path, bytes, mode, attributes);
  }

  async list(path: string): Promise<readonly DirectoryEntry[]> {
    const handle = await this.#requests.ask(about(TYPE.opendir, path), TYPE.handle, readHandle);
    return listFolder(this.#requests, handle, path);
  }

  mkdir(path: string, mode?: number): Promise<void> {
    const fields = attributeBytes(mode === undefined ? {} : { mode });
    return this.#requests.tell({ ...about(TYPE.mkdir, path), fields });
  }

  setAttributes(path: string, attributes: AttributeChange): Promise<void> {
    const fields = attributeBytes(attributes);
    return this.#requests.tell({ ...about(TYPE.setstat, path), fields });
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.#extensions.has('posix-rename@openssh.com')) {
      const fields = Buffer.concat([stringBytes(from), stringBytes(to)]);
      const name = Buffer.from('posix-rename@openssh.com');
      await this.#requests.tell({ type: TYPE.extended, name, fields, path: to });
      return;
    }
    const request = { ...about(TYPE.rename, from), fields: stringBytes(to), path: to };
    try {
      await this.#requests.tell(request);
    } catch (error) {
      // The plain rename of version 3 replaces nothing (section 6.5): what is there has to go first.
      if (!(error instanceof FileError) || !(await this.#isFile(to))) throw error;
      await this.remove(to);
      await this.#requests.tell(request);
    }
  }

  remove(path: string): Promise<void> {
    return this.#requests.tell(about(TYPE.remove, path));
  }

  removeFolder(path: string): Promise<void> {
    return this.#requests.tell(about(TYPE.rmdir, path));
  }

  readlink(path: string): Promise<string> {
    return this.#requests.ask(about(TYPE.readlink, path), TYPE.name, readName);
  }

  symlink(target: string, path: string): Promise<void> {
    // OpenSSH has the two the other way round than the draft, and everybody follows it (its PROTOCOL, section 4.1).
    const fields = stringBytes(path);
    return this.#requests.tell({ ...about(TYPE.symlink, target), fields, path });
  }

  close(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #isFile(path: string): Promise<boolean> {
    try {
      return (await this.lstat(path)).kind !== 'folder';
    } catch (error) {
      if (error instanceof FileError) return false;
      throw error;
    }
  }
}

function about(type: number, path: string): PathRequest {
  return { type, name: Buffer.from(path), path };
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}

/** The one name of a NAME packet. */
function readName(fields: Fields): string {
  if (fields.uint32() !== 1) throw new MalformedPacket('not one name');
  return fields.text();
}

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: OPEN.read,
  create: OPEN.write | OPEN.create | OPEN.truncate,
  exclusive: OPEN.write | OPEN.create | OPEN.exclusive,
  update: OPEN.write | OPEN.create,
};
