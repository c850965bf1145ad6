import { FailureError, type Failure } from '../../../src/model/failure.ts';
import type { Json } from '../../../src/model/json.ts';
import type { FileSession, RemoteFile } from '../../../src/model/ports/files.ts';
import type { Connection } from '../../../src/model/ports/transport.ts';
import { shared, type Doing } from '../rig.ts';

/** What a transfer has reported of itself. */
export function transferOf(doing: Doing): Json | undefined {
  return doing.data()['transfer'];
}

export async function failureOf(doing: Doing): Promise<Failure> {
  const end = await doing.end.catch((error: unknown) => error);
  if (end instanceof FailureError) return end.failure;
  throw new Error(`it did not fail: ${JSON.stringify(end)}`);
}

/** What was not taken, as it was told. */
export function warningsOf({ records }: Doing): readonly string[] {
  return records.filter(({ stream }) => stream === 'warning').map(({ text }) => text);
}

/** A connection whose files call `then` once, right before the `count`th write or read of any of them. */
export function after(connection: Connection, count: number, then: () => void): Connection {
  let calls = 0;
  const counted = (): void => {
    calls += 1;
    if (calls === count) then();
  };
  return {
    ...shared(connection, false),
    sftp: async () => watched(await connection.sftp(), counted),
  };
}

function watched(session: FileSession, counted: () => void): FileSession {
  return new Proxy(session, {
    get: (target, name) => {
      if (name === 'open') {
        return async (...args: Parameters<FileSession['open']>) =>
          watchedFile(await target.open(...args), counted);
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function watchedFile(file: RemoteFile, counted: () => void): RemoteFile {
  return {
    read: (position, length) => {
      counted();
      return file.read(position, length);
    },
    write: (position, bytes) => {
      counted();
      return file.write(position, bytes);
    },
    attributes: () => file.attributes(),
    setAttributes: (attributes) => file.setAttributes(attributes),
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
