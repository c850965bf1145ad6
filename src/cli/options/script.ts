import type { OptionSpec, VerbName } from './spec.ts';

const COMMANDS: readonly VerbName[] = ['run', 'start', 'each', 'script'];

/** What a command or a script finds when it begins, and how a script gets to its host. */
export const SURROUNDINGS_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'env',
    short: 'e',
    group: 'Execution',
    takes: 'many',
    value: 'K=V|K',
    help: 'a variable for the command; K alone, as for secrets, has the value that it has here',
    verbs: COMMANDS,
  },
  {
    name: 'cwd',
    group: 'Execution',
    takes: 'last',
    value: 'DIR',
    help: 'the folder on the host in which the command begins; exit status 125 where there is none',
    verbs: COMMANDS,
  },
  {
    name: 'template',
    group: 'Execution',
    takes: 'flag',
    forHosts: true,
    help: 'fill in {host}, {user}, {address}, {port}, {vars.NAME}, each as one word; {{ is a brace',
    verbs: COMMANDS,
  },
  {
    name: 'via',
    group: 'Execution',
    takes: 'last',
    value: 'WAY',
    choices: ['file', 'stdin'],
    default: 'file',
    help: 'how the script is read: from a private file, or from stdin: nothing is written there',
    verbs: ['script'],
  },
];
