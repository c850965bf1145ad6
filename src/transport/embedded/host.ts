import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import type { AuthContext, ParsedKey, ServerConnection, Ssh2 } from '../ssh2.ts';
import type { HostProfile } from './profile.ts';
import { serveSession } from './session.ts';

export interface HostOptions {
  readonly ssh2: Ssh2;
  readonly clock: Clock;
  readonly profile: HostProfile;
  /** OpenSSH format. */
  readonly hostKey: string;
  /** The one who may log in, and with which key. */
  readonly user: string;
  readonly userKey: ParsedKey;
}

/** Serves SSH on connections that it is given, as one host. */
export interface EmbeddedServer {
  accept(socket: Socket): void;
  /** Ends every connection, and with it every command. Resolves when the last socket is closed. */
  close(): Promise<void>;
}

export function createEmbeddedServer(options: HostOptions): EmbeddedServer {
  const { ssh2, hostKey, clock, profile, user } = options;
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys: [hostKey], ident: 'muster-demo' });

  server.on('connection', (connection: ServerConnection) => {
    const gone = new AbortController();
    // A client that goes away in the middle of something is no fault of a host's: `close` follows, and ends it all.
    connection.on('error', () => undefined);
    connection.on('close', () => gone.abort(new Error('the connection is gone')));
    connection.on('authentication', (context) => authenticate(context, options));
    connection.on('session', (accept) => {
      serveSession(accept(), { profile, user, clock, gone: gone.signal });
    });
  });

  return {
    accept: (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      server.injectSocket(socket);
    },
    close: async () => {
      const ends = [...sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(ends);
    },
  };
}

/** Public key only (RFC 4252 section 7): the one user with the one key. */
function authenticate(context: AuthContext, { user, userKey }: HostOptions): void {
  if (context.method !== 'publickey' || context.username !== user) {
    context.reject(['publickey']);
    return;
  }
  const { key } = context;
  const isTheKey = userKey.type === key.algo && userKey.getPublicSSH().equals(key.data);
  if (isTheKey && isSigned(userKey, context)) context.accept();
  else context.reject(['publickey']);
}

function isSigned(userKey: ParsedKey, { blob, signature, hashAlgo }: PublicKeyContext): boolean {
  // Without a signature the client only asks whether the key would do; ssh2 then lets nobody in.
  if (signature === undefined) return true;
  if (blob === undefined) return false;
  // Where it fails in another way than by a wrong signature, ssh2 returns an Error, whatever its types say.
  const verified: unknown = userKey.verify(blob, signature, hashAlgo);
  return verified === true;
}

type PublicKeyContext = Extract<AuthContext, { readonly method: 'publickey' }>;
