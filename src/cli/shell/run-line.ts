import type { JobDefinition } from '../../model/definition.ts';
import type { JobController } from '../../model/ports/controller.ts';
import type { JobView } from '../../model/job.ts';
import { Answering } from '../answering.ts';
import type { Context } from '../command.ts';
import { exitStatus } from '../exit-status.ts';
import type { JobOutput } from '../job-output.ts';
import { presenterOf } from '../job-output.ts';
import { questionsFor } from '../questions.ts';
import { listenForSignals, stopName, type Interruption } from '../signals.ts';

/** How a line went. */
export interface LineEnd {
  /** null: it was left behind by a second Ctrl-C, and its end is not known. */
  readonly job: JobView | null;
  readonly status: number;
}

/** Runs one line to its end, gathered. Ctrl-C stops the line on every host, and not the shell. */
export async function runLine(
  controller: JobController,
  definition: JobDefinition,
  output: JobOutput,
  context: Context,
): Promise<LineEnd> {
  const interruption = listenForSignals(context.shell, context.clock, 0);
  try {
    // A job that ends at once may be forgotten before it could be asked for.
    const job = await controller.start(definition, { owned: true });
    const left = interruption.insisted.then((): LineEnd => {
      context.tell('the line is left behind; what it began is being ended');
      return { job: null, status: INTERRUPTED };
    });
    return await Promise.race([shown(controller, job, output, interruption, context), left]);
  } finally {
    interruption.close();
  }
}

async function shown(
  controller: JobController,
  { id, children }: JobView,
  output: JobOutput,
  interruption: Interruption,
  context: Context,
): Promise<LineEnd> {
  const presenter = await presenterOf(output, children.length, context);
  const questions = questionsFor(context.environment, interruption);
  const answering = new Answering({ controller, questions, interruption }, id, presenter);
  const failed = new Promise<never>((_, reject) => {
    const stop = (): void => {
      controller.stop(id, stopName(interruption.first ?? 'SIGINT')).catch(reject);
    };
    interruption.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([follow(), failed, answering.failed]);
  } finally {
    // The next line is typed where a question may stand still.
    await answering.close();
  }

  async function follow(): Promise<LineEnd> {
    for await (const event of controller.follow(id)) {
      answering.saw(event);
      await presenter.handle(event);
      if (event.event === 'end') {
        return { job: event.job, status: exitStatus(event.job, interruption.first) };
      }
    }
    throw new Error(`job ${id} has no end event`);
  }
}

const INTERRUPTED = 130;
