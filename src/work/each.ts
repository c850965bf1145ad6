import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import { commandKind, type CommandSpec } from './command.ts';
import { fillLine, lineTemplate } from './each-line.ts';

/**
 * A command line for each item, run by the login shell of the target's user. `{}` stands for the item, wherever it stands;
 * without one the item is the last word, as with xargs(1).
 */
export interface EachSpec extends WorkSpec {
  readonly kind: 'each';
  /** A command spec, whose command is the template. */
  readonly of: CommandSpec;
}

export const eachKind: WorkKind<EachSpec> = {
  kind: 'each',
  jobType: commandKind.jobType,
  parse: ({ of }) => {
    const command = commandKind.parse(isSpec(of) ? of : { kind: 'command' });
    lineTemplate(command.command);
    return { kind: 'each', of: command };
  },
  describe: ({ of }, item) => commandKind.describe(item === null ? of : filled(of, item), item),
  run: ({ of }, context) => commandKind.run(filled(of, itemOf(context)), context),
};

/** What a child works on. A job of this kind has an item for each. */
export function itemOf({ item }: { readonly item: string | null }): string {
  if (item === null) throw new Error('there is no item to work on');
  if (item.includes('\0')) throw new Error('an item holds a NUL character');
  return item;
}

export function isSpec(value: unknown): value is WorkSpec {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function filled(of: CommandSpec, item: string): CommandSpec {
  return { ...of, command: fillLine(lineTemplate(of.command), item) };
}
