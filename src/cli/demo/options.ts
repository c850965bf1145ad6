import type { OptionSpec } from '../options/spec.ts';
import { FEWEST_HOSTS, MOST_HOSTS } from './hosts.ts';

/** The options of `muster demo`. */
export const DEMO_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'hosts',
    group: 'Targets',
    takes: 'one',
    value: 'N',
    number: { whole: true, min: FEWEST_HOSTS, max: MOST_HOSTS },
    default: '8',
    help: 'how many hosts to start',
    verbs: ['demo'],
  },
  {
    name: 'keep',
    group: 'Execution',
    takes: 'flag',
    help: 'keep the hosts up until Ctrl-C, and print lines to try',
    verbs: ['demo'],
  },
];
