import type { AttributeChange } from '../../model/ports/files.ts';
import { attributeBytes } from './attributes.ts';
import type { Fields } from './fields.ts';
import { readHandle, writeFields } from './open-file.ts';
import type { Pending, Requests } from './requests.ts';
import { fileError, type Status } from './status.ts';
import { OPEN, TYPE } from './wire.ts';

/**
 * Makes a small file, which must not be there, as a whole: opened, written in one piece, given its attributes and closed,
 * without a promise for each of these. Of ten thousand files that is most of what they cost us.
 */
export function putFile(
  requests: Requests,
  path: string,
  bytes: Uint8Array,
  mode: number,
  attributes: AttributeChange,
): Promise<void> {
  return new Promise((resolve, reject) => {
    requests.send({ type: TYPE.open, name: Buffer.from(path), fields: openFields(mode) }, NOTHING, {
      wants: TYPE.handle,
      answer: (fields) => {
        const name = readHandle(fields);
        const rest = new Rest(path, resolve, reject, bytes.length > 0 ? 3 : 2);
        if (bytes.length > 0) {
          const position = writeFields(0, bytes.length);
          requests.send({ type: TYPE.write, name, fields: position }, bytes, rest);
        }
        const change = attributeBytes(attributes);
        requests.send({ type: TYPE.fsetstat, name, fields: change }, NOTHING, rest);
        requests.send({ type: TYPE.close, name }, NOTHING, rest);
      },
      refuse: (status) => reject(fileError(status, path)),
      reject,
    });
  });
}

/** What stands for every request behind the first: good when all are, wrong with the first that is. */
class Rest implements Pending {
  readonly wants = null;
  readonly reject: (error: Error) => void;
  readonly #path: string;
  readonly #resolve: () => void;
  #left: number;

  constructor(path: string, resolve: () => void, reject: (error: Error) => void, count: number) {
    this.#path = path;
    this.#resolve = resolve;
    this.reject = reject;
    this.#left = count;
  }

  answer(_status: Fields): void {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }

  refuse(status: Status): void {
    this.reject(fileError(status, this.#path));
  }
}

function openFields(mode: number): Buffer {
  const attributes = attributeBytes({ mode });
  const fields = Buffer.allocUnsafe(4 + attributes.length);
  fields.writeUInt32BE(OPEN.write | OPEN.create | OPEN.exclusive, 0);
  fields.set(attributes, 4);
  return fields;
}

const NOTHING = Buffer.alloc(0);
