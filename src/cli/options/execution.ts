import type { NumberSpec, OptionSpec, VerbName } from './spec.ts';

const BOTH: readonly VerbName[] = ['run', 'check'];

/** Seconds, as fine as a millisecond; the longest is what one timer of Node's can wait (2^31-1 ms, 24 days). */
const SECONDS: NumberSpec = { whole: false, min: 0.001, max: 2_147_483 };

/** How it is done. */
export const EXECUTION_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'fanout',
    short: 'f',
    group: 'Execution',
    takes: 'last',
    value: 'N',
    number: { whole: true, min: 1, max: 100_000 },
    default: '64',
    help: 'hosts at work at once',
    verbs: BOTH,
  },
  {
    name: 'connect-timeout',
    short: 't',
    group: 'Execution',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    default: '10',
    help: 'seconds to reach a host: name, connection, greeting, key exchange',
    verbs: BOTH,
  },
  {
    name: 'timeout',
    short: 'u',
    group: 'Execution',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    help: 'seconds the command may take on a host; no limit unless given',
    verbs: ['run'],
  },
  {
    name: 'retries',
    group: 'Execution',
    takes: 'last',
    value: 'N',
    number: { whole: true, min: 0, max: 1000 },
    default: '0',
    help: 'try again where a host could not be reached; a command is sent once at most',
    verbs: ['run'],
  },
  {
    name: 'stdin',
    group: 'Execution',
    takes: 'one',
    value: 'FILE',
    help: "the command's input on every host; - hands on our own",
    verbs: ['run'],
  },
  {
    name: 'ok-codes',
    group: 'Execution',
    takes: 'many',
    value: 'LIST',
    help: 'exit codes that are no failure besides 0: 1,3-5',
    verbs: ['run'],
  },
  {
    name: 'name',
    group: 'Execution',
    takes: 'last',
    value: 'NAME',
    help: "the job's name; {host} in it names each child job",
    verbs: BOTH,
  },
  {
    name: 'dry-run',
    group: 'Execution',
    takes: 'flag',
    help: 'show which hosts it would run on, and as whom; run nothing',
    verbs: BOTH,
  },
];

/** How `check` looks at hosts. */
export const CHECK_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'until',
    group: 'Check',
    takes: 'last',
    value: 'STEP',
    choices: ['resolve', 'tcp', 'ssh', 'auth'],
    default: 'auth',
    help: 'how far to go: the name, the connection, the SSH greeting, the login',
    verbs: ['check'],
  },
  {
    name: 'count',
    group: 'Check',
    takes: 'last',
    value: 'N',
    number: { whole: true, min: 1, max: 1_000_000 },
    default: '1',
    help: 'probes of each host; online only if every one succeeds',
    verbs: ['check'],
  },
  {
    name: 'interval',
    group: 'Check',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    default: '2',
    help: 'seconds between two probes, and between two rounds of --watch',
    verbs: ['check'],
  },
  {
    name: 'watch',
    group: 'Check',
    takes: 'flag',
    help: 'check again and again, until Ctrl-C',
    verbs: ['check'],
  },
];
