import { MAX_HOSTS } from '../../model/defaults.ts';
import type { OptionSpec, VerbName } from './spec.ts';

const VERBS: readonly VerbName[] = ['run', 'start', 'each', 'check', 'trust', 'hosts', 'shell'];

/** Who: letters as in clush and pdsh. */
export const TARGET_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'hosts',
    short: 'w',
    group: 'Targets',
    takes: 'many',
    value: 'EXPR',
    help: 'hosts, as a node set: web[01-20],@db!db3; -w=-web3 leaves one out',
    verbs: VERBS,
  },
  {
    name: 'group',
    short: 'g',
    group: 'Targets',
    takes: 'many',
    value: 'NAME',
    help: "a group of the inventory's",
    verbs: VERBS,
  },
  {
    name: 'all',
    short: 'a',
    group: 'Targets',
    takes: 'flag',
    help: 'every host of the inventory',
    verbs: VERBS,
  },
  {
    name: 'hosts-file',
    group: 'Targets',
    takes: 'many',
    value: 'FILE',
    help: 'one node set a line; - reads standard input',
    verbs: VERBS,
  },
  {
    name: 'exclude',
    short: 'x',
    group: 'Targets',
    takes: 'many',
    value: 'EXPR',
    help: 'leave these hosts out',
    verbs: VERBS,
  },
  {
    name: 'exclude-group',
    short: 'X',
    group: 'Targets',
    takes: 'many',
    value: 'NAME',
    help: 'leave the hosts of this group out',
    verbs: VERBS,
  },
  {
    name: 'max-hosts',
    group: 'Targets',
    takes: 'last',
    value: 'N',
    number: { whole: true, min: 1, max: 10_000_000 },
    default: String(MAX_HOSTS),
    help: 'refuse a selection of more hosts than this',
    verbs: VERBS,
  },
  {
    name: 'allow-empty',
    group: 'Targets',
    takes: 'flag',
    help: 'a term that names nothing, or no host at all, is no error',
    verbs: VERBS,
  },
  {
    name: 'inventory',
    short: 'i',
    group: 'Targets',
    takes: 'one',
    value: 'FILE',
    help: 'the inventory; else $MUSTER_INVENTORY, ./hosts.yaml, $XDG_CONFIG_HOME/muster/hosts.yaml',
    verbs: VERBS,
  },
];
