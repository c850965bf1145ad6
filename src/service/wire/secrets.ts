import { randomUUID } from 'node:crypto';
import { Secret } from '../../base/secret.ts';

/**
 * A secret on the controller's socket, which only its user can open. Everywhere else a Secret shows itself as a place
 * holder: here, and only here, it is taken out of its wrapper.
 */
export function wireSecret(secret: Secret | null): string | null {
  return secret === null ? null : secret.use((bytes) => bytes.toString('utf8'));
}

/** `givingId`: of a wireGiving; null: it is given now. */
export function secretFrom(text: string | null, givingId: string | null = null): Secret | null {
  if (text === null) return null;
  return givingId === null ? new Secret(text) : new Secret(text, givingOf(givingId));
}

/** A UUID for what stands for the giving of a secret, the same in every request that it is sent with. */
export function wireGiving(secret: Secret | null): string | null {
  if (secret === null) return null;
  const id = IDS.get(secret.giving) ?? randomUUID();
  IDS.set(secret.giving, id);
  return id;
}

/** Those that were used last; one that was forgotten counts as given again. */
function givingOf(id: string): object {
  const giving = GIVINGS.get(id) ?? {};
  GIVINGS.delete(id);
  GIVINGS.set(id, giving);
  const [oldest] = GIVINGS.keys();
  if (GIVINGS.size > MOST_GIVINGS && oldest !== undefined) GIVINGS.delete(oldest);
  return giving;
}

const IDS = new WeakMap<object, string>();
const GIVINGS = new Map<string, object>();
const MOST_GIVINGS = 1000;
