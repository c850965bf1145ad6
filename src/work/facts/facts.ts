import { randomUUID } from 'node:crypto';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../../model/ports/work.ts';
import { AnswerLines } from '../answer-lines.ts';
import { runRemote } from '../run-remote.ts';
import { inputAfter } from '../wrap/ahead.ts';
import { readerInput, readerLine } from '../wrap/reader.ts';
import { parseFacts } from './parse.ts';
import { factsProgram } from './probe.ts';

/** Structured facts of each target: one program for a POSIX shell, and nothing that stays there. */
export interface FactsSpec extends WorkSpec {
  readonly kind: 'facts';
  /** Also which packages may be newer, which takes the host longer than all the rest. */
  readonly updates: boolean;
}

export const factsKind: WorkKind<FactsSpec> = {
  kind: 'facts',
  jobType: 'FactsJob',
  parse: ({ updates }) => ({ kind: 'facts', updates: updates === true }),
  describe: ({ updates }) => (updates ? 'facts --updates' : 'facts'),
  run,
};

async function run({ updates }: FactsSpec, context: WorkContext): Promise<WorkEnd> {
  const mark = `muster-${randomUUID()}`;
  const said = new Said(mark, context);
  const input = inputAfter({ buffers: [readerInput(factsProgram(mark, { updates }))] }, null);
  const started = (): void => {
    said.asked();
    context.started();
  };
  const end = await runRemote(readerLine(), { ...context, input, started }, said.answer);
  if (end.kind !== 'exit') return end;
  const facts = said.isWhole ? parseFacts(said.lines, said.times) : null;
  if (end.code !== 0 || facts === null) throw untold(end.code);
  context.report({ facts });
  return end;
}

/** The lines of the program, found among whatever else the login shell says. */
class Said {
  readonly answer: AnswerLines;
  readonly lines: string[] = [];
  isWhole = false;
  readonly #mark: string;
  readonly #context: WorkContext;
  #askedAt: number;
  #saidAt: number;

  constructor(mark: string, context: WorkContext) {
    this.#mark = `${mark} `;
    this.#context = context;
    this.answer = new AnswerLines(context, BOUNDS, (line) => this.#hear(line));
    this.#askedAt = context.clock.now();
    this.#saidAt = this.#askedAt;
  }

  /** The program is on its way. */
  asked(): void {
    this.#askedAt = this.#context.clock.now();
  }

  /** Wall times between which the host looked at its clock. */
  get times(): { readonly at: number; readonly answeredAt: number } {
    return { at: this.#askedAt, answeredAt: this.#saidAt };
  }

  #hear(line: string): void {
    if (!line.startsWith(this.#mark)) return;
    const words = Buffer.from(line.slice(this.#mark.length), 'latin1').toString('utf8');
    if (words.startsWith('time ')) this.#saidAt = this.#context.clock.now();
    if (words === 'end') this.isWhole = true;
    else if (words !== 'begin') this.lines.push(words);
  }
}

/** A host of a thousand disks says less. */
const BOUNDS = { line: 4096, all: 1024 * 1024 };

function untold(code: number): FailureError {
  const message = `the host has not told its facts (exit status ${code})`;
  return new FailureError({
    phase: 'run',
    code: 'no-status',
    message,
    mayHaveRun: true,
    via: null,
  });
}
