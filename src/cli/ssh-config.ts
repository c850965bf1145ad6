import { hostname } from 'node:os';
import type { Decided, SshConfig } from '../targets/selection.ts';
import { absolutePath, type Environment } from './environment.ts';
import type { Values } from './values.ts';

/** ssh_config as the options ask for it. Throws ConfigError where a file cannot be as it is. */
export async function sshConfigFrom(values: Values, environment: Environment): Promise<SshConfig> {
  const { loadSshConfig } = await import('../targets/ssh-config/load.ts');
  const { home, cwd, user, variables } = environment;
  const file = values.text('ssh-config');
  const isLent = values.has('forward-agent') && values.flag('forward-agent');
  const forwarding = isLent ? ['ForwardAgent=yes'] : [];
  return loadSshConfig(
    {
      file: file === null || file.toLowerCase() === 'none' ? file : absolutePath(file, environment),
      options: [...forwarding, ...values.many('option')],
      matchExec: values.flag('match-exec'),
      decided: new Set(DECIDING.filter((name) => values.has(name) && values.given(name))),
    },
    { home, cwd, user, uid: process.getuid?.() ?? null, hostName: hostname(), env: variables },
  );
}

/** Options whose word counts for the whole job, whatever is said of a host. */
const DECIDING: readonly Decided[] = ['host-keys', 'known-hosts', 'connect-timeout'];
