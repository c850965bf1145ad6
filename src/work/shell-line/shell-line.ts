import { randomUUID } from 'node:crypto';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../../model/ports/work.ts';
import { commandLine } from '../command.ts';
import { runRemote } from '../run-remote.ts';
import { folderBytes } from './folder-text.ts';
import { hostVariables } from '../wrap/host-variables.ts';
import { takeFolder } from './folder-report.ts';
import { wrapLine } from './wrapper.ts';

/**
 * A line of an interactive shell, run by /bin/sh of each target in the folder that is the child's item (none or empty:
 * where a login begins). The child's field `cwd` is the folder in which the line ended; where the line left no shell to
 * tell (`exec`, a signal), or its folder is gone, there is none.
 */
export interface ShellLineSpec extends WorkSpec {
  readonly kind: 'shell-line';
  readonly line: string;
}

export const shellLineKind: WorkKind<ShellLineSpec> = {
  kind: 'shell-line',
  jobType: 'RemoteJob',
  parse: ({ line }) => ({ kind: 'shell-line', line: commandLine(line, 'line') }),
  describe: (spec) => spec.line,
  run,
};

function run({ line }: ShellLineSpec, context: WorkContext): Promise<WorkEnd> {
  const item = context.item ?? '';
  // What is not absolute might be read as an option, or looked for along CDPATH.
  const folder = folderBytes(item === '' || item.startsWith('/') ? item : `./${item}`);
  // The first byte is one that output seldom has: wherever it ends a piece, a look is taken.
  const mark = `\u001Emuster-${randomUUID()}:`;
  const filter = takeFolder(Buffer.from(mark), context);
  return runRemote(wrapLine(line, folder, mark), context, filter, { env: hostVariables(context) });
}
