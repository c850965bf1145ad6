import type { Access } from '../model/access.ts';
import type { Target } from '../model/target.ts';

/**
 * What two requests must have in common to share a connection: a login under looser rules, or as somebody else, must
 * never serve a stricter request.
 */
export function poolKey(target: Target, access: Access): string {
  const { address, port, user, identities } = target;
  return `${JSON.stringify([address, port, user, identities])}${accessKey(access)}`;
}

/** A job has one Access for all its targets: its part is made once. */
function accessKey(access: Access): string {
  const known = KEYS.get(access);
  if (known !== undefined) return known;
  const { agent, defaultIdentities, hostKeys, identities, knownHosts, knownHostsWrite } = access;
  const parts = [identities, defaultIdentities, agent, hostKeys, knownHosts, knownHostsWrite];
  const key = JSON.stringify(parts);
  KEYS.set(access, key);
  return key;
}

const KEYS = new WeakMap<Access, string>();
