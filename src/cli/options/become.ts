import { BECOME_METHODS } from '../../model/become.ts';
import type { OptionSpec, VerbName } from './spec.ts';

const COMMANDS: readonly VerbName[] = ['run', 'start', 'each', 'script'];
const VERBS: readonly VerbName[] = [...COMMANDS, 'shell', 'host-clean', 'facts'];

/** As whom commands run on the hosts, and whether they have a terminal there. */
export const BECOME_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'become',
    group: 'Execution',
    takes: 'flag',
    forHosts: true,
    help: 'run it as another user: root, by sudo, unless said otherwise',
    verbs: VERBS,
  },
  {
    name: 'become-user',
    group: 'Execution',
    takes: 'last',
    value: 'USER',
    forHosts: true,
    help: 'with --become: as this user instead of root',
    verbs: VERBS,
  },
  {
    name: 'become-method',
    group: 'Execution',
    takes: 'last',
    value: 'METHOD',
    choices: BECOME_METHODS,
    default: 'sudo',
    forHosts: true,
    help: 'with --become: by which program',
    verbs: VERBS,
  },
  {
    name: 'ask-become-pass',
    group: 'Execution',
    takes: 'flag',
    forHosts: true,
    help: 'with --become: ask for its password, once for all hosts; sent once to each that asks',
    verbs: VERBS,
  },
  {
    name: 'become-pass-fd',
    group: 'Execution',
    takes: 'one',
    value: 'N',
    number: { whole: true, min: 0, max: 1_000_000 },
    forHosts: true,
    help: 'with --become: read its password from this file descriptor: its first line',
    verbs: VERBS,
  },
  {
    name: 'tty',
    group: 'Execution',
    takes: 'flag',
    forHosts: true,
    help: 'give the command a terminal on its host; its errors then come as output',
    verbs: COMMANDS,
  },
];
