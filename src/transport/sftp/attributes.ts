import type { AttributeChange, FileAttributes } from '../../model/ports/files.ts';
import type { Fields } from './fields.ts';

/** Reads ATTRS (draft-ietf-secsh-filexfer-02, section 5). What the server leaves out is 0, and a kind not told `other`. */
export function readAttributes(fields: Fields): FileAttributes {
  const flags = fields.uint32();
  const size = (flags & FLAG.size) === 0 ? 0 : fields.uint64();
  const [uid, gid] = (flags & FLAG.owner) === 0 ? [0, 0] : [fields.uint32(), fields.uint32()];
  const mode = (flags & FLAG.mode) === 0 ? 0 : fields.uint32();
  const [atime, mtime] = (flags & FLAG.times) === 0 ? [0, 0] : [fields.uint32(), fields.uint32()];
  if ((flags & FLAG.extended) !== 0) skipExtensions(fields);
  return { kind: kindOf(mode), size, mode: mode & PERMISSIONS, uid, gid, mtime, atime };
}

/** The same as bytes. Times go together, and so do the owners: what is given alone stands for both. */
export function attributeBytes(change: AttributeChange): Buffer {
  const { size, uid, gid, mode, mtime, atime } = change;
  const hasOwner = uid !== undefined && gid !== undefined;
  const time = mtime ?? atime;
  const flags =
    (size === undefined ? 0 : FLAG.size) |
    (hasOwner ? FLAG.owner : 0) |
    (mode === undefined ? 0 : FLAG.mode) |
    (time === undefined ? 0 : FLAG.times);
  const bytes = Buffer.allocUnsafe(MOST_BYTES);
  let at = bytes.writeUInt32BE(flags, 0);
  if (size !== undefined) at = bytes.writeBigUInt64BE(BigInt(size), at);
  if (hasOwner) at = bytes.writeUInt32BE(gid, bytes.writeUInt32BE(uid, at));
  if (mode !== undefined) at = bytes.writeUInt32BE(mode & PERMISSIONS, at);
  if (time !== undefined) {
    at = bytes.writeUInt32BE(
      seconds(mtime ?? time),
      bytes.writeUInt32BE(seconds(atime ?? time), at),
    );
  }
  return bytes.subarray(0, at);
}

/** Seconds since the epoch in 32 bits, as version 3 has them: until 2106. */
function seconds(time: number): number {
  return Math.min(Math.max(0, Math.floor(time)), 0xffff_ffff);
}

function kindOf(mode: number): FileAttributes['kind'] {
  switch (mode & KIND.mask) {
    case KIND.file:
      return 'file';
    case KIND.folder:
      return 'folder';
    case KIND.link:
      return 'link';
    default:
      return 'other';
  }
}

function skipExtensions(fields: Fields): void {
  const count = fields.uint32();
  for (let index = 0; index < count; index += 1) {
    fields.bytes();
    fields.bytes();
  }
}

const FLAG = { size: 1, owner: 2, mode: 4, times: 8, extended: 0x8000_0000 } as const;
/** POSIX's file types in a mode. */
const KIND = { mask: 0o170_000, file: 0o100_000, folder: 0o040_000, link: 0o120_000 } as const;
const PERMISSIONS = 0o7777;
const MOST_BYTES = 32;
