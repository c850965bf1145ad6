import { FAILURE_PHASES } from '../../model/failure.ts';
import { STREAM_NAMES } from '../../model/record.ts';
import { JOB_STATES } from '../../model/state.ts';
import * as s from './schema.ts';

const TYPES = [
  'RemoteJob',
  'LocalJob',
  'ThreadJob',
  'CheckJob',
  'TransferJob',
  'FactsJob',
  'SweepJob',
  'ScheduledJob',
];

const common = {
  id: s.id,
  instanceId: s.uuid,
  name: s.text,
  state: s.ref('JobState'),
  hasMoreData: s.flag,
  location: s.text,
  command: s.text,
  begin: s.nullable(s.time),
  end: s.nullable(s.time),
  durationMs: s.nullable(s.amount),
  statusMessage: s.nullable(s.text),
  progress: s.nullable(
    s.object({ percent: { type: 'number', minimum: 0, maximum: 100 }, text: s.text }),
  ),
};

const parent = {
  ...common,
  parentId: { type: 'null' },
  type: s.oneOf(TYPES),
  counts: s.ref('Counts'),
  rerunOf: s.nullable(s.id),
};

/** The shapes of jobs, by name. */
export const JOB_SCHEMAS: Readonly<Record<string, s.Schema>> = {
  JobState: s.oneOf(JOB_STATES),
  StreamName: s.oneOf(STREAM_NAMES),
  Failure: s.object({
    phase: s.oneOf([...new Set(Object.values(FAILURE_PHASES))]),
    code: s.oneOf(Object.keys(FAILURE_PHASES)),
    message: s.text,
    mayHaveRun: s.flag,
    via: s.nullable(s.text),
  }),
  Counts: s.object({
    completed: s.whole,
    failed: s.whole,
    stopped: s.whole,
    running: s.whole,
    queued: s.whole,
    total: s.whole,
  }),
  Job: s.object({ ...parent, children: s.list(s.ref('ChildJob')) }),
  JobSummary: s.object({ ...parent, children: s.list(s.id) }),
  ChildJob: s.object({
    ...common,
    parentId: s.id,
    type: { const: '' },
    host: s.text,
    item: s.nullable(s.text),
    question: s.nullable(
      s.object({ id: s.uuid, text: s.text, secret: s.flag, isOfJob: s.flag }, ['isOfJob']),
    ),
    exitCode: s.nullable({ type: 'integer' }),
    signal: s.nullable(s.text),
    failure: s.nullable(s.ref('Failure')),
    attempts: s.whole,
    bytes: s.object({ output: s.whole, error: s.whole }),
    endConfirmed: s.nullable(s.flag),
    data: s.anyObject,
  }),
  Found: s.object({
    jobs: s.list({ anyOf: [s.ref('JobSummary'), s.ref('ChildJob')] }),
    unmatched: s.list(s.text),
  }),
};
