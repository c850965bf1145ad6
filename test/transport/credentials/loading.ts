import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { Access } from '../../../src/model/access.ts';
import type { Target } from '../../../src/model/target.ts';
import {
  loadCredentials,
  type Credentials,
} from '../../../src/transport/credentials/credentials.ts';
import { loadSsh2 } from '../../../src/transport/ssh2.ts';

/** A host that nobody connects to: keys are only read for it. */
export function target(overrides: Partial<Target> = {}): Target {
  return {
    name: 'web1',
    address: 'web1',
    port: 22,
    user: 'deploy',
    identities: [],
    jump: [],
    vars: {},
    groups: [],
    ...overrides,
  };
}

/** What there is for these targets, where nothing but this is given: no keys, no agent, nobody to ask later. */
export async function load(
  overrides: Partial<Access>,
  targets: readonly Target[] = [target()],
  clock: Clock = systemClock,
): Promise<Credentials> {
  const access: Access = {
    identities: [],
    defaultIdentities: [],
    agent: null,
    hostKeys: 'strict',
    knownHosts: [],
    knownHostsWrite: '',
    prompt: 'before',
    passphrase: null,
    password: null,
    ...overrides,
  };
  return await loadCredentials(targets, access, { ssh2: await loadSsh2(), clock });
}
