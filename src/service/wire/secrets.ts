import { Secret } from '../../base/secret.ts';

/**
 * A secret on the controller's socket, which only its user can open. Everywhere else a Secret shows itself as a place
 * holder: here, and only here, it is taken out of its wrapper.
 */
export function wireSecret(secret: Secret | null): string | null {
  return secret === null ? null : secret.use((bytes) => bytes.toString('utf8'));
}

export function secretFrom(text: string | null): Secret | null {
  return text === null ? null : new Secret(text);
}
