import { parseHostName } from '../host-name.ts';
import { nodeSetError, type Where } from './fault.ts';

/** The name, where it is one that can be connected to. Throws ConfigError `node-set`. */
export function requireHost(name: string, where: Where): string {
  const parsed = parseHostName(name);
  if (typeof parsed === 'string') throw nodeSetError(where, name, parsed);
  return name;
}
