import type { Access } from '../../model/access.ts';
import type { Target } from '../../model/target.ts';

/**
 * What two requests must have in common to share a connection: a login under looser rules, or as somebody else, must
 * never serve a stricter request.
 */
export function poolKey(target: Target, access: Access): string {
  const { address, port, user, identities, jump } = target;
  return `${accessKey(access)} ${JSON.stringify([address, port, user, identities, jump])}`;
}

/** A job has one Access for all its targets: its part is made once, and short, as every open connection has a key. */
function accessKey(access: Access): number {
  const known = NUMBERS.get(access);
  if (known !== undefined) return known;
  const { agent, defaultIdentities, hostKeys, identities, knownHosts, knownHostsWrite } = access;
  const parts = [identities, defaultIdentities, agent, hostKeys, knownHosts, knownHostsWrite];
  const text = JSON.stringify(parts);
  const number = NUMBER_OF.get(text) ?? NUMBER_OF.size + 1;
  NUMBER_OF.set(text, number);
  NUMBERS.set(access, number);
  return number;
}

const NUMBERS = new WeakMap<Access, number>();
/** One a way to log in, of which a user has few. */
const NUMBER_OF = new Map<string, number>();
