import type { Context } from './command.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { JobView } from '../model/job.ts';
import type { JobPresenter } from '../presenters/create.ts';
import type { Session } from './session.ts';
import { stopName } from './signals.ts';

/**
 * Starts a job, shows it to its end, and stops it when a signal asks for that. null: the signal came first, and nothing
 * was started.
 */
export async function inForeground(
  session: Session,
  definition: JobDefinition,
  presenter: JobPresenter,
  context: Context,
): Promise<JobView | null> {
  const started = await start(session, definition);
  if (started === null) return null;
  return Promise.race([
    show(session, started.id, presenter),
    stopWhenAsked(session, started.id, presenter, context),
  ]);
}

async function start(session: Session, definition: JobDefinition): Promise<JobView | null> {
  const { controller, interruption } = session;
  try {
    return interruption.first === null ? await controller.start(definition) : null;
  } catch (error) {
    // What an interrupted start has to say, like a passphrase that was not given, is no news.
    if (interruption.first !== null) return null;
    throw error;
  }
}

async function show(session: Session, id: number, presenter: JobPresenter): Promise<JobView> {
  for await (const event of session.controller.follow(id)) {
    await presenter.handle(event);
    if (event.event === 'end') return event.job;
  }
  throw new Error(`job ${id} has no end event`);
}

/** Never resolves: the end of a stopped job is seen where every end is seen. It rejects where stopping fails. */
async function stopWhenAsked(
  session: Session,
  id: number,
  presenter: JobPresenter,
  context: Context,
): Promise<never> {
  const signal = await session.interruption.asked;
  await presenter.clear();
  const { counts } = await session.controller.job(id);
  const { running, queued } = counts;
  if (running + queued > 0) {
    context.tell(
      `${stopName(signal)}: stopping ${hosts(running + queued)} (${running} running, ${queued} queued); once more to leave at once`,
    );
  }
  await session.controller.stop(id, stopName(signal));
  return new Promise(() => undefined);
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}
