import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** Whether the command is to outlive its connection. Throws ConfigError where it cannot. */
export function durableFrom(values: Values): boolean {
  const isDurable = values.flag('durable');
  if (isDurable && values.flag('tty')) {
    throw usageError(
      '--tty and --durable exclude each other',
      'a terminal is gone with its connection: a durable command has none',
    );
  }
  return isDurable;
}
