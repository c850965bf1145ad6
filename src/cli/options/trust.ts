import type { OptionSpec, VerbName } from './spec.ts';

const VERBS: readonly VerbName[] = ['trust'];

/** What `trust` compares host keys with, and whether it writes them down. */
export const TRUST_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'check',
    group: 'Trust',
    takes: 'flag',
    help: 'only compare: exit 1 where a key is not known, or is another than it should be',
    verbs: VERBS,
  },
  {
    name: 'yes',
    group: 'Trust',
    takes: 'flag',
    help: 'add all new keys without asking; a changed one is never replaced by this',
    verbs: VERBS,
  },
  {
    name: 'expect',
    group: 'Trust',
    takes: 'one',
    value: 'FILE',
    help: 'the keys that hosts should have: as in known_hosts, or lines of HOST SHA256:...; others are not added',
    verbs: VERBS,
  },
  {
    name: 'dns',
    group: 'Trust',
    takes: 'flag',
    help: 'compare with SSHFP records too; one that says otherwise keeps a key from being added',
    verbs: VERBS,
  },
  {
    name: 'dns-server',
    group: 'Trust',
    takes: 'many',
    value: 'ADDRESS',
    help: "ask this name server for them, ADDRESS or ADDRESS:PORT, instead of the system's",
    verbs: VERBS,
  },
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['table', 'json'],
    default: 'table',
    help: 'table; json: asks nothing',
    verbs: VERBS,
  },
];
