import type { Command, Context } from '../command.ts';
import type { Parsed } from '../parse.ts';
import type { Selection, SelectionRequest } from '../../targets/selection.ts';
import { selectTargets } from '../../targets/selection.ts';
import { EXIT } from '../exit-status.ts';
import { explanation } from '../explanation.ts';
import { foldNodeSet } from '../../targets/nodeset/fold.ts';
import { safeLine } from '../../base/safe-text.ts';
import { selectionRequest } from '../selection.ts';
import { usageError } from '../usage-error.ts';
import { variableText } from '../explanation.ts';

/** What `muster hosts` is to print. */
type Form = 'lines' | 'fold' | 'count' | 'vars' | { readonly explain: string };

interface HostsOptions {
  readonly form: Form;
  readonly expressions: readonly string[];
}

export const hostsCommand: Command = {
  help: {
    about: [
      'Prints which hosts would be targeted, one a line; nothing is connected to.',
      'EXPR is a node set, as with -w. Without any target: every host of the inventory.',
      'With --fold or --count, @@ stands for the names of the groups.',
    ],
    examples: [
      "muster hosts 'web[01-20]!web07'",
      "muster hosts '@web,@db' --fold",
      'muster hosts --explain db1',
    ],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => hosts(parsed, readOptions(parsed), context),
};

function readOptions({ values, words }: Parsed): HostsOptions {
  const explain = values.text('explain');
  const flags = (['fold', 'count', 'vars'] as const).filter((name) => values.flag(name));
  const forms: readonly Form[] = [...flags, ...(explain === null ? [] : [{ explain }])];
  if (forms.length > 1) {
    const names = [...flags, ...(explain === null ? [] : ['explain'])].map((name) => `--${name}`);
    throw usageError(`${names.join(' and ')} cannot be had together`);
  }
  return { form: forms[0] ?? 'lines', expressions: words };
}

async function hosts({ values }: Parsed, options: HostsOptions, context: Context): Promise<number> {
  const asked = await selectionRequest(values, context);
  const request = wholeInventory({ ...asked, hosts: [...asked.hosts, ...options.expressions] });
  if (typeof options.form === 'object') {
    await context.stdout.write(explanation(options.form.explain, request, context.environment));
    for (const warning of request.sshConfig?.warnings() ?? []) context.tell(`warning: ${warning}`);
    return EXIT.completed;
  }
  const selection = await selectTargets({ ...request, groupNames: options.form !== 'vars' });
  for (const warning of selection.warnings) context.tell(`warning: ${warning}`);
  await context.stdout.write(listing(options.form, selection));
  return EXIT.completed;
}

/** Without a word about who, everything that is known. */
function wholeInventory(request: SelectionRequest): SelectionRequest {
  const { hosts, groups, hostsFiles, all, inventory } = request;
  const silent = hosts.length + groups.length + hostsFiles.length === 0 && !all;
  return silent && inventory.file !== null ? { ...request, all: true } : request;
}

function listing(form: Exclude<Form, object>, { targets, names }: Selection): string {
  switch (form) {
    case 'fold':
      return `${foldNodeSet(names)}\n`;
    case 'count':
      return `${targets.length}\n`;
    case 'lines':
      return targets.map(({ name }) => `${name}\n`).join('');
    case 'vars':
      return targets
        .map(({ name, vars }) => [name, ...Object.entries(vars).map(variableText)].join(' '))
        .map((line) => `${safeLine(line, Number.POSITIVE_INFINITY)}\n`)
        .join('');
    default:
      return form satisfies never;
  }
}
