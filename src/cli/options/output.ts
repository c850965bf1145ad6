import type { OptionSpec, VerbName } from './spec.ts';

/** Verbs that show a job. */
const SHOWN: readonly VerbName[] = ['run', 'each', 'script', 'check', 'upload', 'download', 'receive'];
/** Verbs that show what commands say. */
const SAID: readonly VerbName[] = ['run', 'each', 'script', 'receive'];
/** Verbs that define a job. */
const DEFINED: readonly VerbName[] = ['run', 'start', 'each', 'script', 'check', 'upload', 'download'];

/** What `hosts` prints. */
export const LISTING_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'fold',
    group: 'Listing',
    takes: 'flag',
    help: 'one folded node set instead of one host a line',
    verbs: ['hosts'],
  },
  {
    name: 'count',
    group: 'Listing',
    takes: 'flag',
    help: 'the number of hosts',
    verbs: ['hosts'],
  },
  {
    name: 'vars',
    group: 'Listing',
    takes: 'flag',
    help: 'each host with its variables',
    verbs: ['hosts'],
  },
  {
    name: 'explain',
    group: 'Listing',
    takes: 'one',
    value: 'HOST',
    help: "one host's settings, and where each comes from",
    verbs: ['hosts'],
  },
];

/** How it looks. */
export const OUTPUT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['live', 'gather', 'table', 'json', 'jsonl', 'quiet'],
    default: 'live',
    help: 'live: lines as they come; gather: each distinct output once; table; json; jsonl: events; quiet',
    verbs: SAID,
  },
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['table', 'json', 'jsonl', 'quiet'],
    default: 'table',
    help: 'table; json; jsonl: events; quiet',
    verbs: ['check', 'upload', 'download'],
  },
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['live', 'gather', 'table'],
    default: 'gather',
    help: 'what a line shows: gather: each distinct output once; live: lines as they come; table',
    verbs: ['shell'],
  },
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['table', 'json', 'quiet'],
    default: 'table',
    help: 'table; json; quiet: ids only',
    verbs: ['start', 'jobs', 'wait', 'rerun'],
  },
  {
    name: 'output',
    short: 'O',
    group: 'Output',
    takes: 'last',
    value: 'MODE',
    choices: ['text', 'json'],
    default: 'text',
    help: 'text; json',
    verbs: ['controller'],
  },
  {
    name: 'gather',
    short: 'b',
    group: 'Output',
    takes: 'flag',
    help: 'the same as -O gather',
    verbs: SAID,
  },
  {
    name: 'no-prefix',
    short: 'N',
    group: 'Output',
    takes: 'flag',
    help: "lines without the host's name before them",
    verbs: SAID,
  },
  {
    name: 'quiet',
    short: 'q',
    group: 'Output',
    takes: 'flag',
    help: 'no summary and no progress',
    verbs: [...SHOWN, 'trust'],
  },
  {
    name: 'quiet',
    short: 'q',
    group: 'Output',
    takes: 'flag',
    help: 'the same as -O quiet',
    verbs: ['start', 'jobs', 'wait', 'rerun'],
  },
  {
    name: 'output-dir',
    group: 'Output',
    takes: 'one',
    value: 'DIR',
    help: 'also write a file for each host and stream there',
    verbs: SAID,
  },
  {
    name: 'color',
    group: 'Output',
    takes: 'last',
    value: 'WHEN',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    help: 'auto: colour on a terminal, unless NO_COLOR is set; always; never',
    verbs: [...SHOWN, 'trust', 'shell'],
  },
  {
    name: 'verbose',
    short: 'v',
    group: 'Output',
    takes: 'count',
    help: 'the phases of each host; -vv: the SSH conversation',
    verbs: [...DEFINED, 'trust', 'receive'],
  },
  {
    name: 'exit-max',
    short: 'S',
    group: 'Output',
    takes: 'flag',
    help: 'exit with the largest remote exit code',
    verbs: ['run', 'each', 'script'],
  },
];
