/** Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 3). */
export const TYPE = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attrs: 105,
  extended: 200,
  extendedReply: 201,
} as const;

/** Status codes (section 7); 11 is of later versions, and some servers send it anyway. */
export const STATUS = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
  exists: 11,
} as const;

/** How a file is opened (section 6.3). */
export const OPEN = { read: 1, write: 2, create: 8, truncate: 16, exclusive: 32 } as const;

/** Builds one request: `uint32 length, byte type, uint32 id`, then fields in the order in which they are added. */
export class RequestWriter {
  readonly #bytes: Buffer;
  #at = HEAD;

  /** `size`: of all fields; `follows`: bytes that are sent behind this buffer and belong to the packet. */
  constructor(type: number, id: number, size: number, follows = 0) {
    this.#bytes = Buffer.allocUnsafe(HEAD + size);
    this.#bytes.writeUInt32BE(HEAD - 4 + size + follows, 0);
    this.#bytes[4] = type;
    this.#bytes.writeUInt32BE(id, 5);
  }

  uint32(value: number): this {
    this.#at = this.#bytes.writeUInt32BE(value, this.#at);
    return this;
  }

  uint64(value: number): this {
    this.#bytes.writeUInt32BE(Math.floor(value / TWO_32), this.#at);
    this.#at = this.#bytes.writeUInt32BE(value % TWO_32, this.#at + 4);
    return this;
  }

  /** A string: its length, then its bytes. */
  bytes(value: Uint8Array): this {
    this.uint32(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  raw(value: Uint8Array): this {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  done(): Buffer {
    return this.#bytes;
  }
}

/** What a string of so many bytes takes up. */
export function stringSize(value: Uint8Array): number {
  return 4 + value.length;
}

export const TWO_32: number = 2 ** 32;
/** Length, type, id. */
const HEAD = 9;
