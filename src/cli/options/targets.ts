import { MAX_HOSTS } from '../../model/defaults.ts';
import { CONNECTING } from './connection.ts';
import type { OptionSpec, VerbName } from './spec.ts';

/** The verbs that take targets. */
export const TARGETED: readonly VerbName[] = [...CONNECTING, 'hosts'];

/** Who: letters as in clush and pdsh. */
export const TARGET_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'hosts',
    short: 'w',
    group: 'Targets',
    takes: 'many',
    value: 'EXPR',
    help: 'hosts, as a node set: web[01-20],@db!db3; -w=-web3 leaves one out',
    verbs: TARGETED,
  },
  {
    name: 'group',
    short: 'g',
    group: 'Targets',
    takes: 'many',
    value: 'NAME',
    help: "a group of the inventory's",
    verbs: TARGETED,
  },
  {
    name: 'all',
    short: 'a',
    group: 'Targets',
    takes: 'flag',
    help: 'every host of the inventory',
    verbs: TARGETED,
  },
  {
    name: 'hosts-file',
    group: 'Targets',
    takes: 'many',
    value: 'FILE',
    help: 'one node set a line; - reads standard input',
    verbs: TARGETED,
  },
  {
    name: 'exclude',
    short: 'x',
    group: 'Targets',
    takes: 'many',
    value: 'EXPR',
    help: 'leave these hosts out',
    verbs: TARGETED,
  },
  {
    name: 'exclude-group',
    short: 'X',
    group: 'Targets',
    takes: 'many',
    value: 'NAME',
    help: 'leave the hosts of this group out',
    verbs: TARGETED,
  },
  {
    name: 'max-hosts',
    group: 'Targets',
    takes: 'last',
    value: 'N',
    number: { whole: true, min: 1, max: 10_000_000 },
    default: String(MAX_HOSTS),
    help: 'refuse a selection of more hosts than this',
    verbs: TARGETED,
  },
  {
    name: 'allow-empty',
    group: 'Targets',
    takes: 'flag',
    help: 'a term that names nothing, or no host at all, is no error; what takes nobody away still is',
    verbs: TARGETED,
  },
  {
    name: 'inventory',
    short: 'i',
    group: 'Targets',
    takes: 'one',
    value: 'FILE',
    help: 'the inventory; else $MUSTER_INVENTORY, ./hosts.yaml, $XDG_CONFIG_HOME/muster/hosts.yaml',
    verbs: TARGETED,
  },
];
