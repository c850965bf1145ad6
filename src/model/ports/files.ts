import { safeLine } from '../../base/safe-text.ts';

/**
 * A host's files over SFTP version 3 (draft-ietf-secsh-filexfer-02). Paths are the host's, in its own bytes as UTF-8.
 * Every call rejects with FileError where the server says no, and with a FailureError `lost` when contact ends.
 * Calls may be made before others have been answered: a transfer keeps many under way.
 */
export interface FileSession {
  /** What one request may hold, and how many files may be open at once. */
  readonly limits: FileLimits;
  /** Absolute form; `.` is where the login puts us. */
  realpath(path: string): Promise<string>;
  /** Does not follow a link. */
  lstat(path: string): Promise<FileAttributes>;
  stat(path: string): Promise<FileAttributes>;
  open(path: string, how: OpenMode, mode?: number): Promise<RemoteFile>;
  /**
   * A file of at most 32 kB as a whole: made with `mode`, and given its attributes when it is written. Rejects where one is
   * there; where it does so later, what has been made is left.
   */
  put(path: string, bytes: Uint8Array, mode: number, attributes: AttributeChange): Promise<void>;
  /** The names in a folder, without `.` and `..`, as the server gives them: hostile data. */
  list(path: string): Promise<readonly DirectoryEntry[]>;
  mkdir(path: string, mode?: number): Promise<void>;
  setAttributes(path: string, attributes: AttributeChange): Promise<void>;
  /** Replaces what is there (posix-rename@openssh.com), also where the server has only the plain rename. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  removeFolder(path: string): Promise<void>;
  readlink(path: string): Promise<string>;
  symlink(target: string, path: string): Promise<void>;
  /** Ends the channel; resolves when the host has ended it too, or does not in a second. Idempotent. Never rejects. */
  close(): Promise<void>;
}

/** Bytes of one read and one write; longer ones are made of several. */
export interface FileLimits {
  readonly read: number;
  readonly write: number;
  readonly handles: number;
}

/** A file that is open on the host. */
export interface RemoteFile {
  /** Resolves with fewer bytes than asked for only at the end of the file; empty: it has ended. */
  read(position: number, length: number): Promise<Buffer>;
  /** The bytes must stay as they are until it resolves. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  attributes(): Promise<FileAttributes>;
  setAttributes(attributes: AttributeChange): Promise<void>;
  /** fsync@openssh.com, where the server has it; else does nothing. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileAttributes {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** Permission bits, with set-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly atime: number;
}

export type AttributeChange = Partial<
  Pick<FileAttributes, 'mode' | 'size' | 'mtime' | 'atime' | 'uid' | 'gid'>
>;

export interface DirectoryEntry {
  readonly name: string;
  readonly attributes: FileAttributes;
}

/** `create`: new, or emptied; `exclusive`: fails where it is there; `update`: there or new, kept as it is. */
export type OpenMode = 'read' | 'create' | 'exclusive' | 'update';

/** The server said no. */
export class FileError extends Error {
  override readonly name = 'FileError';
  readonly code: FileErrorCode;
  /** The host's path, as it was given. */
  readonly path: string;
  /** In words, without the path: safe text. */
  readonly why: string;

  constructor(code: FileErrorCode, path: string, why: string, options?: ErrorOptions) {
    super(safeLine(`${safeLine(path, MOST_PATH)}: ${why}`), options);
    this.code = code;
    this.path = path;
    this.why = safeLine(why);
  }
}

/** SSH_FX_* (section 7); `failure` is all that OpenSSH says of a full disk, a folder that is not empty and more. */
export type FileErrorCode =
  | 'no-such-file'
  | 'permission-denied'
  | 'exists'
  | 'unsupported'
  | 'failure';

/** Of a path, in a message. */
const MOST_PATH = 120;
