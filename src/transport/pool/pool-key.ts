import { createHmac, randomBytes } from 'node:crypto';
import type { Secret } from '../../base/secret.ts';
import type { Access } from '../../model/access.ts';
import type { SshSettings } from '../../model/ssh-settings.ts';
import type { Target } from '../../model/target.ts';

/**
 * What two requests must have in common to share a connection: a login under looser rules, as somebody else, or by
 * another way, must never serve a stricter request.
 */
export function poolKey(target: Target, access: Access): string {
  const { address, port, user, identities, jump, ssh } = target;
  const way = [
    jump.length === 0 ? 0 : numberOf(jump, wayText),
    ssh === undefined ? 0 : numberOf(ssh, settingsText),
  ];
  return `${numberOf(access, accessText)} ${JSON.stringify([address, port, user, identities, ...way])}`;
}

function accessText(access: Access): string {
  const { agent, defaultIdentities, hostKeys, identities, knownHosts, knownHostsWrite } = access;
  const parts = [identities, defaultIdentities, agent, hostKeys, knownHosts, knownHostsWrite];
  return JSON.stringify([...parts, passwordMark(access.password)]);
}

function wayText(jump: readonly Target[]): string {
  return JSON.stringify(
    jump.map(({ address, port, user, identities, ssh }) => [
      address,
      port,
      user,
      identities,
      ssh === undefined ? 0 : numberOf(ssh, settingsText),
    ]),
  );
}

/** All but what is said with each command, and what counts for the attempt alone. */
function settingsText(settings: SshSettings): string {
  const { env: _env, tty: _tty, connectTimeoutMs: _limit, ...others } = settings;
  return JSON.stringify(others);
}

/** Tells passwords apart, for as long as this process lives, without keeping any: a job's has come anew with its job. */
function passwordMark(password: Secret | null): string {
  if (password === null) return '';
  return password.use((bytes) => createHmac('sha256', MARK_KEY).update(bytes).digest('base64'));
}

/**
 * A short stand-in for what says the same. Targets share one Access, one list of jump hosts and one SshSettings: its text is
 * made once, and the key stays short, as every open connection has one.
 */
function numberOf<Part extends object>(part: Part, textOf: (part: Part) => string): number {
  const known = NUMBERS.get(part);
  if (known !== undefined) return known;
  const text = textOf(part);
  const number = NUMBER_OF.get(text) ?? NUMBER_OF.size + 1;
  NUMBER_OF.set(text, number);
  NUMBERS.set(part, number);
  return number;
}

const NUMBERS = new WeakMap<object, number>();
/** One a way to log in, of which a user has few. */
const NUMBER_OF = new Map<string, number>();
const MARK_KEY: Buffer = randomBytes(32);
