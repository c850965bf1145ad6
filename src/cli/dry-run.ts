import { safeLine } from '../base/safe-text.ts';
import type { Become } from '../model/become.ts';
import { batchSizes } from '../model/batches.ts';
import { NO_ROLLOUT, type Rollout } from '../model/rollout.ts';
import type { Target } from '../model/target.ts';
import { type Column, table } from '../presenters/table.ts';
import { parseHostName } from '../targets/host-name.ts';
import type { Context } from './command.ts';
import { EXIT } from './exit-status.ts';
import type { JobOutput } from './job-output.ts';

/** What a job is beside its targets. */
export interface DryRunOptions {
  /** One for each target, of a job that works on items. */
  readonly items?: readonly string[] | null;
  readonly rollout?: Rollout;
  readonly become?: Become | null;
  /** One for each target, where it is not the same for all. */
  readonly commands?: readonly string[] | null;
  /** Further fields of the JSON document. */
  readonly details?: Readonly<Record<string, number>>;
}

/** One target, as it is shown. */
interface Row {
  readonly target: Target;
  readonly item: string | null;
  readonly command: string | null;
  /** From 1 on; null: chance will tell. */
  readonly batch: number | null;
}

/**
 * Shows which hosts a job would run on, in which batch, as whom and through which jump hosts; of one with items, each with
 * its own. Nothing is resolved, connected to or run.
 */
export async function dryRun(
  targets: readonly Target[],
  command: string,
  output: Pick<JobOutput, 'mode' | 'quiet'>,
  context: Context,
  options: DryRunOptions = {},
): Promise<number> {
  const { items = null, rollout = NO_ROLLOUT, commands = null, details = {} } = options;
  const { become = null } = options;
  const sizes = batchSizes(targets.length, rollout.batches);
  const rows = rowsOf(targets, { items, commands }, rollout.shuffle ? null : sizes);
  if (output.mode === 'json' || output.mode === 'jsonl') {
    const indent = output.mode === 'json' ? 2 : undefined;
    const order = rollout.shuffle ? 'chance' : 'target';
    const document = {
      dryRun: true,
      command,
      ...details,
      ...(become === null ? {} : { become: { method: become.method, user: become.user } }),
      order,
      batches: sizes,
      targets: rows.map(rowJson),
    };
    await context.stdout.write(`${JSON.stringify(document, null, indent)}\n`);
    return EXIT.completed;
  }
  const lines = table(columnsOf(rows, items !== null), rows, null).map((line) => `${line}\n`);
  await context.stdout.write(lines.join(''));
  if (!output.quiet) {
    const noun = items === null ? 'host' : 'item';
    const where = `${items === null ? 'on' : 'for'} ${plural(targets.length, noun)}`;
    const how = `${batchesText(sizes)}${rollout.shuffle ? ', in an order of chance' : ''}`;
    const whom = become === null ? '' : ` as ${become.user} by ${become.method}`;
    context.tell(`dry run, nothing was done ${where}${whom}${how}: ${safeLine(command)}`);
  }
  return EXIT.completed;
}

function rowsOf(
  targets: readonly Target[],
  { items, commands }: Pick<DryRunOptions, 'items' | 'commands'>,
  sizes: readonly number[] | null,
): readonly Row[] {
  const batches = sizes?.flatMap((size, at) => Array<number>(size).fill(at + 1));
  return targets.map((target, at) => ({
    target,
    item: items?.[at] ?? null,
    command: commands?.[at] ?? null,
    batch: batches?.[at] ?? null,
  }));
}

function rowJson({ target, item, command, batch }: Row): object {
  const { name, user, address, port, identities } = target;
  const jump = target.jump.map((hop) => hop.name);
  const where = { host: name, user, address, port, identities, jump, batch };
  const own = command === null ? where : { ...where, command };
  return item === null ? own : { item, ...own };
}

/** Those that would say the same of every host, that it is in the first batch or behind no jump host, are left out. */
function columnsOf(rows: readonly Row[], hasItems: boolean): readonly Column<Row>[] {
  return [
    ...(rows.some(({ batch }) => batch !== null && batch > 1) ? [BATCH] : []),
    ...(hasItems ? [ITEM] : []),
    ...COLUMNS,
    ...(rows.some(({ target }) => target.jump.length > 0) ? [JUMP] : []),
    ...(rows.some(({ command }) => command !== null) ? [COMMAND] : []),
  ];
}

function batchesText(sizes: readonly number[]): string {
  if (sizes.length <= 1) return '';
  const shown = sizes.slice(0, MOST_SIZES).join(', ');
  const more = sizes.length > MOST_SIZES ? ', ...' : '';
  return `, in ${sizes.length} batches of ${shown}${more}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const BATCH: Column<Row> = {
  title: 'Batch',
  value: ({ batch }) => `${batch ?? ''}`,
  align: 'right',
};
const ITEM: Column<Row> = { title: 'Item', value: ({ item }) => safeLine(item ?? '') };
const COMMAND: Column<Row> = { title: 'Command', value: ({ command }) => safeLine(command ?? '') };
const COLUMNS: readonly Column<Row>[] = [
  { title: 'Host', value: ({ target }) => safeLine(target.name) },
  { title: 'User', value: ({ target }) => safeLine(target.user) },
  { title: 'Address', value: ({ target }) => safeLine(target.address) },
  { title: 'Port', value: ({ target }) => String(target.port) },
];
const JUMP: Column<Row> = {
  title: 'Jump',
  value: ({ target }) => safeLine(target.jump.map(hopText).join(','), Number.POSITIVE_INFINITY),
};

/** As ssh's -J takes it, as far as it says something. */
function hopText({ name, user, port }: Target): string {
  const said = parseHostName(name);
  // Its user and port may stand in its name already.
  const host = typeof said === 'string' ? name : said.host;
  if (port === 22) return `${user}@${host}`;
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const MOST_SIZES = 8;
