import type { EmbeddedHostSpec } from '../../embedded.ts';

/** The host that was made to fail, and the one that is down: the two a demonstration is for. */
export const FAILING = 'db1';
export const DOWN = 'db2';

/** At least one host that works, beside the two that do not. */
export const FEWEST_HOSTS = 3;
/** All of them share one process with the client. */
export const MOST_HOSTS = 200;

/** A fleet of `web` and `db` hosts, three to one. */
export function demoHosts(count: number): readonly EmbeddedHostSpec[] {
  const { web, db } = shares(count);
  return [...numbered('web', web), ...numbered('db', db)].map((name) => ({
    name,
    kind: name === FAILING ? 'failing' : name === DOWN ? 'closed' : 'working',
  }));
}

/** How many hosts each group of a fleet of this size has. */
export function shares(count: number): { readonly web: number; readonly db: number } {
  const db = Math.max(2, Math.floor(count / 4));
  return { web: count - db, db };
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
