import { SECONDS, type OptionSpec, type VerbName } from './spec.ts';

/** The verbs whose jobs change something, and so can be rolled out with care. */
export const ROLLED_OUT: readonly VerbName[] = [
  'run',
  'start',
  'each',
  'script',
  'upload',
  'download',
];

/** How carefully a job spreads over its targets. */
export const ROLLOUT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'batch',
    group: 'Rollout',
    takes: 'last',
    value: 'LIST',
    help: 'batches of so many hosts, one after another: 1,10%,50%; the last size repeats',
    verbs: ROLLED_OUT,
  },
  {
    name: 'pause',
    group: 'Rollout',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    help: 'seconds of rest between two batches',
    verbs: ROLLED_OUT,
  },
  {
    name: 'confirm',
    group: 'Rollout',
    takes: 'flag',
    help: 'ask between two batches whether to go on',
    verbs: ROLLED_OUT,
  },
  {
    name: 'max-failures',
    group: 'Rollout',
    takes: 'last',
    value: 'N|N%',
    help: 'so many hosts may fail; after one more, no further host begins',
    verbs: ROLLED_OUT,
  },
  {
    name: 'kill',
    group: 'Rollout',
    takes: 'flag',
    help: 'after too many failures, stop what still runs as well',
    verbs: ROLLED_OUT,
  },
  {
    name: 'shuffle',
    group: 'Rollout',
    takes: 'flag',
    help: 'hosts begin in an order of chance',
    verbs: ROLLED_OUT,
  },
  {
    name: 'splay',
    group: 'Rollout',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    help: 'each host begins at a time of chance, up to so many seconds later',
    verbs: ROLLED_OUT,
  },
  {
    name: 'no-breaker',
    group: 'Rollout',
    takes: 'flag',
    forHosts: true,
    help: 'go on even where the first 8 logins all fail alike, and over 20 hosts are left',
    verbs: ROLLED_OUT,
  },
  {
    name: 'retry-delay',
    group: 'Rollout',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    forHosts: true,
    help: 'about so many seconds between two attempts of --retries; less than one, unless given',
    verbs: ROLLED_OUT,
  },
];
