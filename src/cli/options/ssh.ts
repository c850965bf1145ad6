import type { OptionSpec } from './spec.ts';
import { TARGETED } from './targets.ts';

/** What ssh would be told, by ssh's letters. */
export const SSH_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'jump',
    short: 'J',
    group: 'Connection',
    takes: 'last',
    value: 'HOSTS',
    help: 'reach the targets through these jump hosts, nearest first: bob@gate:2222,inner; or none',
    verbs: TARGETED,
  },
  {
    name: 'ssh-config',
    short: 'F',
    group: 'Connection',
    takes: 'last',
    value: 'FILE',
    help: "read this ssh_config instead of the user's and the system's; none: no file",
    verbs: TARGETED,
  },
  {
    name: 'option',
    short: 'o',
    group: 'Connection',
    takes: 'many',
    value: 'OPTION=VALUE',
    help: 'as if it stood first in ssh_config',
    verbs: TARGETED,
  },
  {
    name: 'forward-agent',
    short: 'A',
    group: 'Connection',
    takes: 'flag',
    help: 'let commands on the targets use the agent',
    // Where no command is run there is nothing to let use it.
    verbs: TARGETED.filter((verb) => !['trust', 'check', 'host-clean', 'facts'].includes(verb)),
  },
  {
    name: 'match-exec',
    group: 'Connection',
    takes: 'flag',
    help: 'let Match exec in ssh_config run its commands on this machine',
    verbs: TARGETED,
  },
];
