import { safeLine } from '../base/safe-text.ts';
import { isFinished } from '../model/state.ts';
import { Gathering, type GatheredGroup } from '../results/gather.ts';
import type { Names } from './names.ts';
import type { Part } from './part.ts';
import type { Output } from './presenter.ts';
import { paint } from './style.ts';
import { createTerminalLines } from './terminal-lines.ts';
import { NEWLINE } from './terminal-text.ts';

/**
 * Each distinct output, stdout and stderr, once, after the job, largest set first, under clush's header. A terminal gets safe text; a pipe
 * gets the bytes as they came, and a newline of ours only where a header would else begin in the middle of a line.
 */
export function gather(stdout: Output, { label, fold }: Names, noHeader: boolean): Part {
  const gathering = new Gathering();
  return {
    unwritten: () => 'all',
    async record({ jobId, record }) {
      if (record.stream !== 'output' && record.stream !== 'error') return;
      gathering.add(jobId, record);
    },
    async state({ jobId, host, to }) {
      if (host !== null && isFinished(to)) gathering.finish(jobId, label(jobId, host));
    },
    async end({ job }) {
      for (const { id, host } of job.children) gathering.finish(id, label(id, host));
      let open = false;
      for (const group of gathering.groups()) {
        if (open) await stdout.write('\n');
        if (!noHeader) await stdout.write(header(group, fold, stdout.colour));
        open = stdout.isTerminal ? await showBody(stdout, group) : await copyBody(stdout, group);
      }
    },
  };
}

function header({ hosts }: GatheredGroup, fold: Names['fold'], colour: boolean): string {
  const names = safeLine(fold(hosts), Number.POSITIVE_INFINITY);
  const count = hosts.length === 1 ? '' : ` (${hosts.length})`;
  return `${RULE}\n${paint(names, 'cyan', colour)}${count}\n${RULE}\n`;
}

/** Whether the body's last line is still open. */
async function showBody(stdout: Output, { pieces }: GatheredGroup): Promise<boolean> {
  const lines = createTerminalLines(stdout).open('');
  for (const piece of pieces) await lines.push(piece);
  await lines.end();
  return false;
}

async function copyBody(stdout: Output, { pieces }: GatheredGroup): Promise<boolean> {
  for (const piece of pieces) await stdout.write(piece);
  return pieces.at(-1)?.at(-1) !== NEWLINE;
}

const RULE = '-'.repeat(15);
