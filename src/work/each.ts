import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import type { Target } from '../model/target.ts';
import { commandKind, parseCommand, runCommand, type CommandSpec } from './command.ts';
import { lineTemplate, withItem, type LineTemplate } from './each-line.ts';
import { fillPlaces } from './line-places.ts';
import { filledSettings } from './wrap/settings.ts';
import { templatePlaces, templateValue } from './wrap/template.ts';

/**
 * A command line for each item, run by the login shell of the target's user. `{}` stands for the item, wherever it stands;
 * without one the item is the last word, as with xargs(1).
 */
export type EachSpec = WorkSpec & {
  readonly kind: 'each';
  /** A command spec, whose command is the template. */
  readonly of: CommandSpec;
};

export const eachKind: WorkKind<EachSpec> = {
  kind: 'each',
  jobType: commandKind.jobType,
  parse: ({ of }) => {
    const command = parseCommand(isSpec(of) ? of : { kind: 'command' });
    partsOf(command);
    return { kind: 'each', of: command };
  },
  fits: ({ of }, targets) => {
    if (of.template === true) for (const target of new Set(targets)) filled(of, '', target);
  },
  describe,
  run: ({ of }, context) =>
    runCommand(filled(of, itemOf(context), context.target), context, of.command),
};

/** Of a template, whose host is not known here, only the item is filled in. */
function describe({ of }: EachSpec, item: string | null, target?: Target): string {
  if (item === null) return of.command;
  if (target !== undefined) return filled(of, item, target).command;
  return fillPlaces(partsOf(of), (name) => (name === '' ? item : `{${name}}`));
}

function partsOf({ command, template }: CommandSpec): LineTemplate {
  return template === true ? withItem(templatePlaces(command, true)) : lineTemplate(command);
}

/** What a child works on. A job of this kind has an item for each. */
export function itemOf({ item }: { readonly item: string | null }): string {
  if (item === null) throw new Error('there is no item to work on');
  if (item.includes('\0')) throw new Error('an item holds a NUL character');
  return item;
}

export function isSpec(value: unknown): value is WorkSpec {
  return typeof value === 'object' && value !== null && 'kind' in value;
}

function filled(of: CommandSpec, item: string, target: Target): CommandSpec {
  const valueOf = (name: string): string => (name === '' ? item : templateValue(name, target));
  return { ...of, ...filledSettings(of, target), command: fillPlaces(partsOf(of), valueOf) };
}
