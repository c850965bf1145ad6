import type { OptionSpec } from './spec.ts';

/** How `each` reads its items. */
export const EACH_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'null',
    short: '0',
    group: 'Execution',
    takes: 'flag',
    help: 'items end with a NUL character and not with their line, as find -print0 writes them',
    verbs: ['each'],
  },
];
