import type { Secret } from '../base/secret.ts';
import { safeLine } from '../base/safe-text.ts';
import { BECOME_METHODS, isUserName, type Become } from '../model/become.ts';
import type { TtySize } from '../model/ports/transport.ts';
import type { Context } from './command.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/**
 * As whom commands run; null: as who logs in. What belongs to `--become` does nothing without it, and says so: a command
 * must not run as somebody whom nobody meant, neither as root nor as who logs in. Throws ConfigError.
 */
export function becomeFrom(values: Values, password: Secret | null): Become | null {
  if (!values.flag('become')) {
    const given = BELONGING.find((name) => values.has(name) && values.given(name));
    if (given === undefined) return null;
    throw usageError(`--${given} does nothing without --become`, 'add --become');
  }
  const user = values.text('become-user') ?? 'root';
  if (!isUserName(user)) {
    throw usageError(`--become-user: "${safeLine(user)}" is no name of a user`);
  }
  const method = BECOME_METHODS.find((one) => one === values.text('become-method')) ?? 'sudo';
  return { method, user, password };
}

/** The terminal that `--tty` gives a command on its host: as large as ours, where there is one. */
export function ttyFrom(values: Values, { shell, environment }: Context): TtySize | null {
  if (!values.flag('tty')) return null;
  // A terminal that was never told its size says 0.
  const columns = shell.stdout.columns || USUAL.columns;
  const rows = shell.stdout.rows || USUAL.rows;
  const { TERM: term = '' } = environment.variables;
  return { columns, rows, ...(/^[!-~]+$/u.test(term) ? { term } : {}) };
}

const BELONGING: readonly string[] = [
  'become-user',
  'become-method',
  'ask-become-pass',
  'become-pass-fd',
];
const USUAL = { columns: 80, rows: 24 };
