import { bytesText } from '../../base/byte-text.ts';
import { ConfigError } from '../../model/errors.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../../model/ports/work.ts';
import { AnswerLines } from '../answer-lines.ts';
import { runRemote } from '../run-remote.ts';
import { inputAfter } from '../wrap/ahead.ts';
import { readerInput, readerLine } from '../wrap/reader.ts';
import { cleanProgram } from './clean-program.ts';

/** Removes what durable commands that run no more have left on each target, of whom the job runs as. */
export interface HostCleanSpec extends WorkSpec {
  readonly kind: 'host-clean';
  /** Minutes, from 0 on: what was written to since stays. */
  readonly olderThan: number;
  /** Only looks. */
  readonly dryRun: boolean;
}

export const hostCleanKind: WorkKind<HostCleanSpec> = {
  kind: 'host-clean',
  jobType: 'RemoteJob',
  parse,
  describe: ({ dryRun }) => (dryRun ? 'host-clean --dry-run' : 'host-clean'),
  run,
};

function parse({ olderThan, dryRun }: WorkSpec): HostCleanSpec {
  if (typeof olderThan !== 'number' || !Number.isSafeInteger(olderThan) || olderThan < 0) {
    throw new ConfigError('usage', 'an age is a whole number of minutes, from 0 on');
  }
  return { kind: 'host-clean', olderThan, dryRun: dryRun === true };
}

async function run({ olderThan, dryRun }: HostCleanSpec, context: WorkContext): Promise<WorkEnd> {
  const said = new Said();
  const answer = new AnswerLines(context, { line: MOST_LINE }, (line) => said.hear(line));
  const program = readerInput(cleanProgram({ olderThan, isDry: dryRun }));
  const input = inputAfter({ buffers: [program] }, null);
  const end = await runRemote(readerLine(), { ...context, input }, answer);
  if (end.kind !== 'exit') return end;
  if (end.code !== 0 || !said.isWhole) throw new FailureError(UNTOLD);
  const { removed, kept, running, failed, bytes } = said.counts;
  context.report({ hostClean: { dryRun, removed, bytes, kept, running, failed } });
  const verb = dryRun ? 'would be removed' : 'removed';
  const others = [
    ...(kept > 0 ? [`${kept} kept`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(failed > 0 ? [`${failed} could not be removed`] : []),
  ];
  const line = [`${removed} ${verb}, ${bytesText(bytes)}`, ...others].join('; ');
  context.write('output', Buffer.from(`${line}\n`));
  return { kind: 'exit', code: failed > 0 ? 1 : 0 };
}

/** What the program on the host says, line by line; its login shell may have said something before. */
class Said {
  readonly counts = { removed: 0, kept: 0, running: 0, failed: 0, bytes: 0 };
  isWhole = false;
  /** Sizes of the command that is being looked at. */
  #bytes = 0;
  hear(line: string): void {
    const size = /^bytes (\d{1,15})$/u.exec(line)?.[1];
    if (size !== undefined) this.#bytes += Number(size);
    else if (line === 'done') this.isWhole = true;
    else if (line === 'removed' || line === 'kept' || line === 'running' || line === 'failed') {
      this.counts[line] += 1;
      if (line === 'removed') this.counts.bytes += this.#bytes;
      this.#bytes = 0;
    }
  }
}

const MOST_LINE = 256;
const UNTOLD = {
  phase: 'run',
  code: 'no-status',
  message: 'the host did not say what it removed',
  mayHaveRun: true,
  via: null,
} as const;
