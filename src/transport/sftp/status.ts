import { FileError, type FileErrorCode } from '../../model/ports/files.ts';
import type { Fields } from './fields.ts';
import { STATUS } from './wire.ts';

/** What the server says of a request: its code, and words of its own, not made safe. */
export interface Status {
  readonly code: number;
  readonly text: string;
}

/** Old servers leave the words out. */
export function readStatus(fields: Fields): Status {
  const code = fields.uint32();
  return { code, text: fields.isAtEnd ? '' : fields.bytes().subarray(0, MOST_TEXT).toString() };
}

export function fileError({ code, text }: Status, path: string): FileError {
  const known = codeOf(code);
  const said = known === 'failure' && !VAGUE.test(text) ? text : WORDS[known];
  return new FileError(known, path, said);
}

function codeOf(code: number): FileErrorCode {
  switch (code) {
    case STATUS.noSuchFile:
      return 'no-such-file';
    case STATUS.permissionDenied:
      return 'permission-denied';
    case STATUS.exists:
      return 'exists';
    case STATUS.unsupported:
      return 'unsupported';
    default:
      return 'failure';
  }
}

const WORDS: Readonly<Record<FileErrorCode, string>> = {
  'no-such-file': 'no such file or folder',
  'permission-denied': 'permission denied',
  exists: 'it is there already',
  unsupported: 'the server cannot do that',
  failure: 'the server failed, and does not say why',
};
/** What OpenSSH says of every failure that has no code of its own. */
const VAGUE = /^\s*(failure|failed)?\s*$/iu;
const MOST_TEXT = 400;
