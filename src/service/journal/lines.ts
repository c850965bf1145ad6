import type { JobInput } from '../../model/definition.ts';
import type { WorkSpec } from '../../model/ports/work.ts';
import type {
  JournalledEnd,
  JournalledJob,
  RecoveredJob,
  Stood,
  Taken,
} from '../../model/ports/journal.ts';
import { definitionFrom, wireDefinition, type WireDefinition } from '../wire/definition.ts';

/** What stands in a journal, a JSON object a line. */
export type JournalLine =
  | { readonly job: JobLine }
  | { readonly begun: number; readonly at: number }
  | { readonly ended: number; readonly end: JournalledEnd }
  | { readonly taken: number; readonly to: Taken }
  | { readonly stood: number; readonly how: Stood }
  | { readonly stopping: number; readonly by: string }
  | { readonly forgotten: number }
  /** `owing`: children. */
  | { readonly removed: number; readonly owing?: readonly number[] };

export interface JobLine extends Omit<JournalledJob, 'definition'> {
  readonly definition: WireDefinition;
  readonly missing: string | null;
}

/** Without what is secret: passwords, and the values of variables, which may be. */
export function jobLine(job: JournalledJob): JobLine {
  const { id, instanceId, rerunOf, note, begin, instanceIds } = job;
  const { access, become, input, work } = job.definition;
  const { env, ...rest } = work;
  const missing = [
    ...(access.password === null && (become?.password ?? null) === null ? [] : ['its passwords']),
    ...(env === undefined ? [] : ['the values of its variables']),
    ...(input?.kind === 'stream' ? ['its input'] : []),
  ];
  const definition = wireDefinition(
    {
      ...job.definition,
      work: withKind(rest, work),
      access: { ...access, password: null, passphrase: null },
      become: become && { ...become, password: null },
    },
    NO_INPUT,
  );
  return {
    id,
    instanceId,
    rerunOf,
    note,
    begin,
    instanceIds,
    definition,
    missing: missing.length === 0 ? null : missing.join(' and '),
  };
}

/** A job as it was written down, of which nothing has happened yet. */
export function jobFrom({
  definition,
  ...line
}: JobLine): Omit<RecoveredJob, 'children' | 'owing'> {
  const { input } = definition;
  return {
    ...line,
    definition: definitionFrom(definition, null, input?.kind === 'stream' ? GONE : input),
  };
}

function withKind(rest: Omit<WorkSpec, 'kind'>, { kind }: WorkSpec): WorkSpec {
  return { ...rest, kind };
}

const NO_INPUT = '00000000-0000-0000-0000-000000000000';
/** Whoever had it has gone. A command that was begun has it whole already. */
const GONE: JobInput = {
  kind: 'stream',
  open: () => {
    throw new Error('it was given to a controller that has ended');
  },
};
