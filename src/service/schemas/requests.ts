import { BECOME_METHODS } from '../../model/become.ts';
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
  vars: s.anyObject,
  groups: s.list(s.text),
  way: s.described(s.nullable(s.whole), 'the place of its jump hosts in `ways`'),
  ssh: s.described(s.nullable(s.whole), 'the place of its settings in `settings`'),
});

const secret = s.described(
  s.nullable(s.text),
  'kept in memory only, never logged and never listed',
);

const hostKeys = s.oneOf(['strict', 'accept-new', 'off']);
const names = s.nullable(s.list(s.text));

/** ssh_config(5), as far as it is honoured. */
const settings = s.object({
  hostKeyAlias: s.nullable(s.text),
  hostKeys: s.nullable(hostKeys),
  knownHosts: s.nullable(s.list(path)),
  knownHostsWrite: s.nullable(path),
  hashKnownHosts: s.flag,
  onlyIdentityFiles: s.flag,
  identitiesOnly: s.flag,
  agent: s.nullable(s.object({ socket: s.nullable(path) })),
  certificates: s.list(path),
  proxyCommand: s.nullable(s.list(s.text, { minItems: 1 })),
  connectTimeoutMs: s.nullable(milliseconds),
  keepalive: s.nullable(s.object({ intervalMs: milliseconds, missed: s.whole })),
  env: { type: 'object', additionalProperties: s.text },
  addressFamily: { enum: [4, 6, null] },
  bindAddress: s.nullable(s.text),
  ciphers: names,
  kex: names,
  macs: names,
  hostKeyAlgorithms: names,
  knownKeyTypesFirst: s.flag,
  compression: s.flag,
  tty: s.oneOf(['auto', 'no', 'yes', 'force']),
  forwardAgent: s.flag,
});

const amount = {
  anyOf: [
    s.object({ kind: { const: 'count' }, count: s.whole }),
    s.object({ kind: { const: 'percent' }, percent: { type: 'number', minimum: 0, maximum: 100 } }),
  ],
};

const rollout = s.object({
  batches: s.list(amount),
  pauseMs: milliseconds,
  confirm: s.flag,
  maxFailures: s.nullable(amount),
  kill: s.flag,
  shuffle: s.flag,
  splayMs: milliseconds,
  breaker: s.flag,
});

const become = s.object({ method: s.oneOf(BECOME_METHODS), user: s.text, password: secret });

const access = s.object(
  {
    identities: s.list(path),
    defaultIdentities: s.list(path),
    agent: s.nullable(path),
    hostKeys,
    knownHosts: s.list(path),
    knownHostsWrite: path,
    prompt: s.oneOf(['before', 'when-needed', 'never']),
    canAsk: s.described(s.flag, 'somebody can be asked for a passphrase: see the answer 428'),
    password: secret,
    passwordGiving: s.described(
      s.nullable(s.uuid),
      'the same in all requests with a password that was typed once: what refused it is asked once',
    ),
  },
  ['passwordGiving'],
);

const input = {
  anyOf: [
    s.object({ kind: { const: 'file' }, path }),
    s.object({ kind: { const: 'stream' }, id: s.uuid }),
  ],
};

/** Where a job is written down, and for whom: see AuditSettings. */
const audit = s.object({
  file: s.described(path, 'absolute'),
  origin: s.object({
    user: s.text,
    uid: s.nullable(s.whole),
    loginUid: s.nullable(s.whole),
    sudoUser: s.nullable(s.text),
    terminal: s.nullable(s.text),
    ssh: s.nullable(s.text),
  }),
});

/** What clients send, by name. */
export const REQUEST_SCHEMAS: Readonly<Record<string, s.Schema>> = {
  Definition: s.object({
    work: { type: 'object', properties: { kind: s.text }, required: ['kind'] },
    targets: s.list(target),
    ways: s.list(s.list(target, { minItems: 1 })),
    settings: s.list(settings),
    items: s.nullable(s.list(s.text)),
    access,
    name: s.nullable(s.text),
    fanout: s.id,
    connectTimeoutMs: milliseconds,
    timeoutMs: s.nullable(milliseconds),
    retries: s.whole,
    retryDelayMs: s.nullable(milliseconds),
    rollout,
    become: s.nullable(become),
    okCodes: s.list({ type: 'integer' }),
    graceMs: milliseconds,
    input: s.nullable(input),
    verbosity: { type: 'integer', minimum: 0, maximum: 2 },
    durable: s.described(s.flag, 'the command outlives its connection'),
    maxOutput: s.nullable(s.object({ bytes: s.id, action: s.oneOf(['cut', 'fail']) })),
    audit: s.described(s.nullable(audit), 'where it is written down that it was run'),
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
  Rerun: s.object(
    {
      hosts: s.list(s.oneOf(['completed', 'failed', 'unreachable', 'stopped', 'never-started'])),
      agent: s.nullable(path),
      audit: s.described(s.nullable(audit), 'null: as the first time'),
    },
    ['audit'],
  ),
  Stop: s.object({ by: s.text }),
  Answer: s.object({ questionId: s.text, text: s.text }),
  Acknowledge: s.object(
    {
      records: s.list(s.object({ childId: s.id, seq: s.id })),
      stop: s.described(
        s.flag,
        'nothing more is to be sent; what was is kept for its reader, the rest is unread again',
      ),
      close: s.described(s.flag, 'the reading ends; what was not acknowledged is unread again'),
    },
    ['stop'],
  ),
  StopController: s.object({ stopJobs: s.flag, detach: s.flag }),
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
    held: s.described(s.flag, 'a line says when all was sent, for who acknowledges only then'),
    streams: s.list({ type: 'string', enum: [...STREAM_NAMES, NOTHING] }),
    hosts: s.list(s.text),
  },
  ['keep', 'held', 'streams', 'hosts'],
);

export const VIEW_QUERY: s.Schema = s.object(
  { readings: s.described(s.list(s.uuid), 'as it is once these have acknowledged all they hold') },
  ['readings'],
);

export const WAIT_QUERY: s.Schema = s.object({ until: s.oneOf(['persistent', 'finished']) }, [
  'until',
]);
export const REMOVE_QUERY: s.Schema = s.object({ force: s.flag }, ['force']);
