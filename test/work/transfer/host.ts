import type { FileSession, RemoteFile } from '../../../src/model/ports/files.ts';
import type { Connection } from '../../../src/model/ports/transport.ts';
import { shared } from '../rig.ts';

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
