import type { Access } from '../model/access.ts';
import type { Target } from '../model/target.ts';

/**
 * What two requests must have in common to share a connection: a login under looser rules, or as somebody else, must
 * never serve a stricter request.
 */
export function poolKey(target: Target, access: Access): string {
  const { address, port, user, identities } = target;
  const { agent, defaultIdentities, hostKeys, knownHosts, knownHostsWrite } = access;
  return JSON.stringify([
    address,
    port,
    user,
    identities,
    access.identities,
    defaultIdentities,
    agent,
    hostKeys,
    knownHosts,
    knownHostsWrite,
  ]);
}
