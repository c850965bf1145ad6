import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { Task } from './protocol.ts';

/** The least that a program can do with ssh2 and still check host keys: what our own layers are compared with. */
export function connectBare(host: string, { port, user, key, known }: Login): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  const method: ssh2.PublicKeyAuthMethod = { type: 'publickey', username: user, key };
  return new Promise((resolve, reject) => {
    client
      .once('ready', () => resolve(client))
      .on('error', reject)
      .on('connect', () => client.setNoDelay(true))
      .connect({
        host,
        port,
        username: user,
        algorithms: {
          kex: ['curve25519-sha256'],
          cipher: ['aes128-gcm@openssh.com'],
          serverHostKey: ['ssh-ed25519'],
        },
        hostVerifier: (offered: Buffer) => known.has(offered.toString('base64')),
        authHandler: [method],
      });
  });
}

export interface Login {
  readonly port: number;
  readonly user: string;
  /** Parsed once for all hosts. */
  readonly key: ssh2.ParsedKey;
  /** The public keys of the fleet, which all hosts share. */
  readonly known: ReadonlySet<string>;
}

export function loginOf(task: Task): Login {
  const key = ssh2.utils.parseKey(readFileSync(task.identity));
  if (key instanceof Error) throw key;
  const lines = readFileSync(task.knownHosts, 'utf8').trim().split('\n');
  const known = new Set(lines.map((line) => line.split(' ')[2] ?? ''));
  return { port: task.port, user: task.user, key, known };
}

export function runTrue(client: ssh2.Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.exec('true', (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      let status: number | null = null;
      channel.on('exit', (code: number | null) => {
        status = code;
      });
      channel.on('close', () => {
        if (status === 0) resolve();
        else reject(new Error(`true ended with ${status}`));
      });
      channel.resume();
      channel.stderr.resume();
      channel.end();
    });
  });
}
