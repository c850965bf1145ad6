import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../helpers/eventually.ts';
import { temporaryFolder } from '../../setup/run-folder.ts';

export interface TestAgent {
  readonly socket: string;
  /** Adds a private key that has no passphrase. */
  add(file: string): void;
  remove(file: string): void;
  stop(): Promise<void>;
}

/** A real ssh-agent on a socket of its own. */
export async function startAgent(): Promise<TestAgent> {
  const folder = temporaryFolder('agent');
  const socket = join(folder, 'socket');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  const exited = once(agent, 'exit');
  await eventually(() => existsSync(socket), { what: 'the socket of ssh-agent' });
  const sshAdd = (...args: readonly string[]): void => {
    const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], SSH_AUTH_SOCK: socket };
    const { status, stderr, error } = spawnSync('ssh-add', ['-q', ...args], {
      env,
      encoding: 'utf8',
    });
    if (error !== undefined || status !== 0) throw new Error(error?.message ?? stderr);
  };
  return {
    socket,
    add: (file) => sshAdd(file),
    remove: (file) => sshAdd('-d', file),
    stop: async () => {
      agent.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
