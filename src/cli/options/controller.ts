import { SECONDS, type OptionSpec, type VerbName } from './spec.ts';

/** Every verb that can talk to a controller in the background. */
const VERBS: readonly VerbName[] = [
  'run',
  'start',
  'each',
  'check',
  'jobs',
  'wait',
  'receive',
  'stop',
  'suspend',
  'resume',
  'rerun',
  'remove',
  'answer',
  'controller',
];

/** Which controller does the work, and how one is set up. */
export const CONTROLLER_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'as-job',
    group: 'Controller',
    takes: 'flag',
    help: 'as a job in the background, as start does: print it and return at once',
    verbs: ['run', 'each', 'check'],
  },
  {
    name: 'prompt',
    group: 'Controller',
    takes: 'flag',
    help: 'a child that needs a passphrase waits, Blocked, for muster answer; else it fails',
    verbs: ['start', 'run', 'each', 'check'],
  },
  {
    name: 'controller',
    group: 'Controller',
    takes: 'last',
    value: 'WHEN',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    help: 'auto: use a running controller and its open connections; always: start one; never: use none',
    verbs: ['run', 'each', 'check'],
  },
  {
    name: 'instance',
    group: 'Controller',
    takes: 'last',
    value: 'NAME',
    default: 'default',
    help: 'the controller of this name',
    verbs: VERBS,
  },
  {
    name: 'persist',
    group: 'Controller',
    takes: 'last',
    value: 'S',
    number: { ...SECONDS, min: 0 },
    help: 'seconds the controller keeps idle connections; 300 unless given',
    verbs: ['run', 'start', 'each', 'check', 'controller'],
  },
  {
    name: 'pool',
    group: 'Controller',
    takes: 'last',
    value: 'MIN,MAX',
    help: 'idle connections that are always kept, and those open at most; 0,10000 unless given',
    verbs: ['controller'],
  },
  {
    name: 'idle',
    group: 'Controller',
    takes: 'last',
    value: 'S',
    number: SECONDS,
    help: 'end after so many seconds with nothing to do or to keep; 3600 unless given',
    verbs: ['controller'],
  },
  {
    name: 'stop-jobs',
    group: 'Controller',
    takes: 'flag',
    help: 'stop: also while jobs are unfinished; they are stopped first',
    verbs: ['controller'],
  },
];
