import type {
  AttributeChange,
  FileAttributes,
  FileLimits,
  RemoteFile,
} from '../../model/ports/files.ts';
import { attributeBytes, readAttributes } from './attributes.ts';
import { MalformedPacket, type Fields } from './fields.ts';
import type { PathRequest, Requests } from './requests.ts';
import { TWO_32, TYPE } from './wire.ts';

/** A file that is open on the host, by the handle that stands for it. */
export class OpenFile implements RemoteFile {
  readonly #requests: Requests;
  readonly #handle: Buffer;
  readonly #path: string;
  readonly #limits: FileLimits;
  readonly #canSync: boolean;

  constructor(
    requests: Requests,
    handle: Buffer,
    path: string,
    limits: FileLimits,
    canSync: boolean,
  ) {
    this.#requests = requests;
    this.#handle = handle;
    this.#path = path;
    this.#limits = limits;
    this.#canSync = canSync;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const first = await this.#readSome(position, length);
    if (first.length === length || first.length === 0) return first;
    const pieces = [first];
    let at = first.length;
    // A server may give less than it was asked for, and there may be more all the same.
    while (at < length) {
      const piece = await this.#readSome(position + at, length - at);
      if (piece.length === 0) break;
      pieces.push(piece);
      at += piece.length;
    }
    return Buffer.concat(pieces);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    const { write } = this.#limits;
    if (bytes.length <= write) return this.#writeSome(position, bytes);
    const pieces: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += write) {
      pieces.push(this.#writeSome(position + at, bytes.subarray(at, at + write)));
    }
    await Promise.all(pieces);
  }

  attributes(): Promise<FileAttributes> {
    return this.#requests.ask(this.#about(TYPE.fstat), TYPE.attrs, readAttributes);
  }

  setAttributes(attributes: AttributeChange): Promise<void> {
    return this.#requests.tell(this.#about(TYPE.fsetstat, attributeBytes(attributes)));
  }

  async sync(): Promise<void> {
    if (!this.#canSync) return;
    const fields = Buffer.allocUnsafe(4 + this.#handle.length);
    this.#handle.copy(fields, fields.writeUInt32BE(this.#handle.length, 0));
    const name = Buffer.from('fsync@openssh.com');
    await this.#requests.tell({ type: TYPE.extended, name, fields, path: this.#path });
  }

  close(): Promise<void> {
    return this.#requests.tell(this.#about(TYPE.close));
  }

  async #readSome(position: number, length: number): Promise<Buffer> {
    const wanted = Math.min(length, this.#limits.read);
    const fields = writeFields(position, wanted);
    const data = await this.#requests.askUntilEnd(
      this.#about(TYPE.read, fields),
      TYPE.data,
      (reply) => {
        const bytes = reply.bytes();
        if (bytes.length === 0 || bytes.length > wanted) {
          throw new MalformedPacket(`${bytes.length} bytes where ${wanted} were asked for`);
        }
        return bytes;
      },
    );
    return data ?? NOTHING;
  }

  #writeSome(position: number, bytes: Uint8Array): Promise<void> {
    const fields = writeFields(position, bytes.length);
    return this.#requests.tell(this.#about(TYPE.write, fields), bytes);
  }

  #about(type: number, fields?: Buffer): PathRequest {
    const request = { type, name: this.#handle, path: this.#path };
    return fields === undefined ? request : { ...request, fields };
  }
}

/** What READ and WRITE have behind the handle: a uint64 and a uint32. */
export function writeFields(position: number, length: number): Buffer {
  const fields = Buffer.allocUnsafe(12);
  fields.writeUInt32BE(Math.floor(position / TWO_32), 0);
  fields.writeUInt32BE(position % TWO_32, 4);
  fields.writeUInt32BE(length, 8);
  return fields;
}

/** A copy: the packet that it came in is large, and a handle is kept long. */
export function readHandle(fields: Fields): Buffer {
  const handle = fields.bytes();
  // Section 6.3.
  if (handle.length > LONGEST_HANDLE) throw new MalformedPacket('a handle that is too long');
  return Buffer.from(handle);
}

const LONGEST_HANDLE = 256;
const NOTHING = Buffer.alloc(0);
