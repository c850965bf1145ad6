import type { OptionSpec, VerbName } from './spec.ts';

const VERBS: readonly VerbName[] = ['facts'];

/** What `facts` asks for, and which of it is shown. */
export const FACTS_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'updates',
    group: 'Execution',
    takes: 'flag',
    help: 'also count the packages that may be newer, by what the host last heard; it takes seconds',
    verbs: VERBS,
  },
  {
    name: 'columns',
    group: 'Output',
    takes: 'many',
    value: 'LIST',
    help: 'with -O table: these facts, like os.name,memory.free; see the README for all',
    verbs: VERBS,
  },
];
