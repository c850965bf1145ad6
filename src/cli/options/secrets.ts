import { CONNECTING } from './connection.ts';
import type { OptionSpec } from './spec.ts';

/** What is asked for before the fan-out. */
export const SECRET_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'ask-pass',
    group: 'Connection',
    takes: 'flag',
    help: 'ask for a login password, once for all hosts; it is tried once on each that wants one',
    verbs: CONNECTING,
  },
  {
    name: 'pass-fd',
    group: 'Connection',
    takes: 'one',
    value: 'N',
    number: { whole: true, min: 0, max: 1_000_000 },
    help: 'read that password from this file descriptor: its first line',
    verbs: CONNECTING,
  },
];
