import type { OptionSpec, VerbName } from './spec.ts';

const VERBS: readonly VerbName[] = ['host-clean'];

/** What `host-clean` removes. */
export const CLEAN_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'older-than',
    group: 'Execution',
    takes: 'last',
    value: 'AGE',
    default: '7d',
    help: 'what nothing was written to for so long: 30m, 12h, 7d; 0: all that does not run',
    verbs: VERBS,
  },
  {
    name: 'dry-run',
    group: 'Execution',
    takes: 'flag',
    help: 'look on the hosts and say what would be removed; remove nothing',
    verbs: VERBS,
  },
];
