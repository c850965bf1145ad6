import { JOB_STATES } from '../../model/state.ts';
import * as s from './schema.ts';

const error = { code: s.text, message: s.text, hint: s.nullable(s.text) };

/** What the service says of itself, and its errors, by name. */
export const SERVICE_SCHEMAS: Readonly<Record<string, s.Schema>> = {
  Status: s.object({
    instance: s.text,
    pid: s.id,
    version: s.text,
    uptimeMs: s.amount,
    socket: s.text,
    cpuMs: s.amount,
    rssBytes: s.whole,
    openFilesLimit: s.nullable(s.whole),
    warnings: s.list(s.text),
    connections: s.whole,
    jobs: s.object(Object.fromEntries([...JOB_STATES, 'total'].map((state) => [state, s.whole]))),
    bytesHeld: s.whole,
    bytesSpilled: s.whole,
    queued: s.whole,
    durable: s.whole,
    forgetting: s.whole,
  }),
  Error: s.object({ error: s.object(error) }),
  PassphraseWanted: s.object({
    error: s.object({
      ...error,
      file: s.described(s.text, 'the key file that is encrypted'),
      wrong: s.described(s.flag, 'the passphrase given last was not right'),
    }),
  }),
  OtherVersion: s.object({ error: s.object(error), pid: s.id, version: s.text }),
  Nothing: s.object({}),
};
