import { STREAM_NAMES } from '../../model/record.ts';
import { NOTHING } from '../wire/query.ts';
import * as s from './schema.ts';

const path = s.text;
const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const milliseconds = s.amount;

const target = s.object({
  name: s.text,
  address: s.text,
  port,
  user: s.text,
  identities: s.list(path),
  jump: s.list(s.text),
  vars: s.anyObject,
  groups: s.list(s.text),
});

const access = s.object({
  identities: s.list(path),
  defaultIdentities: s.list(path),
  agent: s.nullable(path),
  hostKeys: s.oneOf(['strict', 'accept-new', 'off']),
  knownHosts: s.list(path),
  knownHostsWrite: path,
  prompt: s.oneOf(['before', 'when-needed', 'never']),
  canAsk: s.described(s.flag, 'somebody can be asked for a passphrase: see the answer 428'),
});

const input = {
  anyOf: [
    s.object({ kind: { const: 'file' }, path }),
    s.object({ kind: { const: 'stream' }, id: s.uuid }),
  ],
};

/** What clients send, by name. */
export const REQUEST_SCHEMAS: Readonly<Record<string, s.Schema>> = {
  Definition: s.object({
    work: { type: 'object', properties: { kind: s.text }, required: ['kind'] },
    targets: s.list(target),
    items: s.nullable(s.list(s.text)),
    access,
    name: s.nullable(s.text),
    fanout: s.id,
    connectTimeoutMs: milliseconds,
    timeoutMs: s.nullable(milliseconds),
    retries: s.whole,
    okCodes: s.list({ type: 'integer' }),
    graceMs: milliseconds,
    input: s.nullable(input),
    verbosity: { type: 'integer', minimum: 0, maximum: 2 },
    keepMs: s.nullable(milliseconds),
  }),
  Start: s.object({
    definition: s.ref('Definition'),
    owned: s.flag,
    passphrases: s.described(
      { type: 'object', additionalProperties: s.list(s.text, { maxItems: 3 }) },
      'for each key file the answers so far, in the order in which they were given',
    ),
  }),
  Rerun: s.object({
    hosts: s.list(s.oneOf(['completed', 'failed', 'unreachable', 'stopped', 'never-started'])),
    agent: s.nullable(path),
  }),
  Stop: s.object({ by: s.text }),
  Answer: s.object({ questionId: s.text, text: s.text }),
  Acknowledge: s.object({
    records: s.list(s.object({ childId: s.id, seq: s.id })),
    close: s.flag,
  }),
  StopController: s.object({ stopJobs: s.flag }),
};

export const JOB_PARAMETERS: s.Schema = s.object({ id: s.id });
export const UUID_PARAMETERS: s.Schema = s.object({ id: s.uuid });

export const JOB_QUERY: s.Schema = s.object(
  {
    terms: s.described(s.list(s.text), 'ids, instanceIds or names (`*` and `?`); repeated'),
    states: s.list(s.ref('JobState')),
    hasMoreData: s.flag,
    command: s.described(s.text, 'matches the whole command (`*` and `?`)'),
    before: s.milliseconds,
    after: s.milliseconds,
    newest: s.whole,
  },
  ['terms', 'states', 'hasMoreData', 'command', 'before', 'after', 'newest'],
);

export const RECEIVE_QUERY: s.Schema = s.object(
  {
    keep: s.described(s.flag, 'what is delivered stays unread'),
    streams: s.list({ type: 'string', enum: [...STREAM_NAMES, NOTHING] }),
    hosts: s.list(s.text),
  },
  ['keep', 'streams', 'hosts'],
);

export const WAIT_QUERY: s.Schema = s.object({ until: s.oneOf(['persistent', 'finished']) }, [
  'until',
]);
export const REMOVE_QUERY: s.Schema = s.object({ force: s.flag }, ['force']);
