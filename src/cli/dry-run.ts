import { type Column, table } from '../presenters/table.ts';
import type { Context } from './command.ts';
import { EXIT } from './exit-status.ts';
import type { JobOutput } from './job-output.ts';
import type { Target } from '../model/target.ts';
import { safeLine } from '../base/safe-text.ts';

/** Shows which hosts a job would run on, and as whom; of one with items, each with its own. Nothing is resolved, connected to or run. */
export async function dryRun(
  targets: readonly Target[],
  command: string,
  output: Pick<JobOutput, 'mode' | 'quiet'>,
  context: Context,
  items: readonly string[] | null = null,
): Promise<number> {
  if (output.mode === 'json' || output.mode === 'jsonl') {
    const indent = output.mode === 'json' ? 2 : undefined;
    const document = {
      dryRun: true,
      command,
      targets: targets.map((target, at) => targetJson(target, items?.[at])),
    };
    await context.stdout.write(`${JSON.stringify(document, null, indent)}\n`);
    return EXIT.completed;
  }
  const rows = targets.map((target, at) => ({ ...target, item: items?.[at] ?? '' }));
  const columns = items === null ? COLUMNS : [ITEM, ...COLUMNS];
  const lines = table(columns, rows, null).map((line) => `${line}\n`);
  await context.stdout.write(lines.join(''));
  if (!output.quiet) {
    const noun = items === null ? 'host' : 'item';
    const count = `${targets.length} ${noun}${targets.length === 1 ? '' : 's'}`;
    context.tell(
      `dry run, nothing was done ${items === null ? 'on' : 'for'} ${count}: ${safeLine(command)}`,
    );
  }
  return EXIT.completed;
}

function targetJson(
  { name, user, address, port, identities, jump }: Target,
  item: string | undefined,
): object {
  const where = { host: name, user, address, port, identities, jump };
  return item === undefined ? where : { item, ...where };
}

const ITEM: Column<{ readonly item: string }> = {
  title: 'Item',
  value: ({ item }) => safeLine(item),
};
const COLUMNS: readonly Column<Target>[] = [
  { title: 'Host', value: ({ name }) => safeLine(name) },
  { title: 'User', value: ({ user }) => safeLine(user) },
  { title: 'Address', value: ({ address }) => safeLine(address) },
  { title: 'Port', value: ({ port }) => String(port) },
];
