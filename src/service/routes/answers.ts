import { FRAMES, NDJSON } from '../wire/protocol.ts';
import { ref, type Schema } from '../schemas/schema.ts';

/** The answers of a route: the one it is for, by the name of its schema, and errors. */
export function answers(name: string): Schema {
  return { 200: json('done', name), ...errors };
}

/** The answers of a route that streams lines. */
export function streams(line: string): Schema {
  return { 200: { description: LINES, content: linesOf(line) }, ...errors };
}

function linesOf(line: string): Schema {
  return { [NDJSON]: { schema: ref(line) }, [FRAMES]: { schema: ref(line) } };
}

function json(description: string, name: string): Schema {
  return { description, content: { 'application/json': { schema: ref(name) } } };
}

const LINES =
  'one JSON text a line; as frames, a record is followed by its bytes, and its time is a number, milliseconds since the epoch';

const errors: Schema = {
  426: json('the client is of another version', 'OtherVersion'),
  '4xx': json('what was asked for cannot be done', 'Error'),
  '5xx': json('the controller failed', 'Error'),
};

/** The job; for a job that is owned, and so begins a stream, its lines. */
export const startAnswers: Schema = {
  200: {
    description: `the job; of one that is owned: ${LINES}`,
    content: { 'application/json': { schema: ref('Job') }, ...linesOf('OwnedLine') },
  },
  428: json('a key file is encrypted: ask for its passphrase and send again', 'PassphraseWanted'),
  ...errors,
};
