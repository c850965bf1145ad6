import type { Access, HostKeyPolicy } from '../model/access.ts';
import type { Context } from './command.ts';
import type { Environment } from './environment.ts';
import type { Secrets } from './secrets.ts';
import type { Values } from './values.ts';
import { absolutePath } from './environment.ts';
import { userAccess } from '../model/access.ts';

/** What people are asked for: before, and when a key turns out to need it. */
export interface Asked {
  readonly passphrase: Access['passphrase'];
  readonly secrets: Secrets;
}

/**
 * How to log in: what ssh would use for this user, changed by the connection options. Keys named by `--identity` are the
 * targets' own, since they stand above those of the inventory.
 */
export function accessFrom(
  values: Values,
  environment: Environment,
  { passphrase, secrets }: Asked,
): Access {
  const base = userAccess({ home: environment.home, agent: environment.agent });
  const file = values.text('known-hosts');
  const knownHosts = file === null ? null : absolutePath(file, environment);
  return {
    ...base,
    hostKeys: hostKeyPolicy(values.text('host-keys')),
    knownHosts: knownHosts === null ? base.knownHosts : [knownHosts],
    knownHostsWrite: knownHosts ?? base.knownHostsWrite,
    passphrase,
    password: secrets.password,
  };
}

/** Said on every run that does it, also with -q: whoever turned the check off should not forget. */
export function warnOfPolicy(values: Values, context: Context): void {
  if (values.text('host-keys') !== 'off') return;
  context.tell(
    'warning: host keys are not checked (--host-keys off): anyone in between can pose as a host',
  );
}

/** Fails closed: what is neither of the weaker words is strict. */
function hostKeyPolicy(text: string | null): HostKeyPolicy {
  return text === 'off' || text === 'accept-new' ? text : 'strict';
}
