import { type Column, table } from '../presenters/table.ts';
import type { Context } from './command.ts';
import { EXIT } from './exit-status.ts';
import type { JobOutput } from './job-output.ts';
import type { Target } from '../model/target.ts';
import { safeLine } from '../base/safe-text.ts';

/** Shows which hosts a job would run on, and as whom. Nothing is resolved, connected to or run. */
export async function dryRun(
  targets: readonly Target[],
  command: string,
  output: Pick<JobOutput, 'mode' | 'quiet'>,
  context: Context,
): Promise<number> {
  if (output.mode === 'json' || output.mode === 'jsonl') {
    const indent = output.mode === 'json' ? 2 : undefined;
    const document = { dryRun: true, command, targets: targets.map(targetJson) };
    await context.stdout.write(`${JSON.stringify(document, null, indent)}\n`);
    return EXIT.completed;
  }
  const lines = table(COLUMNS, targets, null).map((line) => `${line}\n`);
  await context.stdout.write(lines.join(''));
  if (!output.quiet) {
    const hosts = targets.length === 1 ? '1 host' : `${targets.length} hosts`;
    context.tell(`dry run, nothing was done on ${hosts}: ${safeLine(command)}`);
  }
  return EXIT.completed;
}

function targetJson({ name, user, address, port, identities, jump }: Target): object {
  return { host: name, user, address, port, identities, jump };
}

const COLUMNS: readonly Column<Target>[] = [
  { title: 'Host', value: ({ name }) => safeLine(name) },
  { title: 'User', value: ({ user }) => safeLine(user) },
  { title: 'Address', value: ({ address }) => safeLine(address) },
  { title: 'Port', value: ({ port }) => String(port) },
];
