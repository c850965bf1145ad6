import type { OptionSpec, VerbName } from './spec.ts';

/** The verbs that log in to hosts. */
export const CONNECTING: readonly VerbName[] = [
  'run',
  'start',
  'each',
  'script',
  'check',
  'upload',
  'download',
  'trust',
  'shell',
  'host-clean',
  'facts',
];

/** How to get in. */
export const CONNECTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'user',
    short: 'l',
    group: 'Connection',
    takes: 'last',
    value: 'USER',
    help: 'log in as this user',
    verbs: CONNECTING,
  },
  {
    name: 'port',
    short: 'p',
    group: 'Connection',
    takes: 'last',
    value: 'PORT',
    number: { whole: true, min: 1, max: 65_535 },
    help: 'connect to this port',
    verbs: CONNECTING,
  },
  {
    name: 'identity',
    group: 'Connection',
    takes: 'many',
    value: 'FILE',
    help: 'log in with this private key',
    verbs: CONNECTING,
  },
  {
    name: 'host-keys',
    group: 'Connection',
    takes: 'last',
    value: 'POLICY',
    choices: ['strict', 'accept-new', 'off'],
    default: 'strict',
    help: 'strict: known hosts only; accept-new: learn unknown ones, refuse changed ones; off: check nothing',
    verbs: CONNECTING,
  },
  {
    name: 'known-hosts',
    group: 'Connection',
    takes: 'last',
    value: 'FILE',
    help: "known host keys, instead of the user's and the global file",
    verbs: CONNECTING,
  },
];
