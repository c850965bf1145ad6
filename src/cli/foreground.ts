import { ConfigError } from '../model/errors.ts';
import { Answering } from './answering.ts';
import type { Context } from './command.ts';
import type { JobDefinition } from '../model/definition.ts';
import type { JobView } from '../model/job.ts';
import { OutputDirError } from '../presenters/output-dir.ts';
import type { JobPresenter } from '../presenters/create.ts';
import type { Session } from './session.ts';
import { stopName } from './signals.ts';

/** How a job in the foreground ended. */
export interface ForegroundEnd {
  readonly job: JobView;
  /** Some of what hosts said could not be written where it was wanted; which, was said as it happened. */
  readonly outputLost: boolean;
}

/**
 * Starts a job, shows it to its end, and stops it when a signal asks for that. null: the signal came first, and nothing
 * was started.
 */
export async function inForeground(
  session: Session,
  definition: JobDefinition,
  presenter: JobPresenter,
  context: Context,
): Promise<ForegroundEnd | null> {
  const started = await start(session, definition);
  if (started === null) return null;
  session.open.started(started);
  const { interruption } = session;
  let asked = (): void => undefined;
  // Its end is seen where every end is seen; here, only that stopping failed.
  const stopFailed = new Promise<never>((_, reject) => {
    asked = () => {
      stop(session, started.id, presenter, context).catch((error: unknown) => {
        // It has ended and was forgotten meanwhile: there is nothing to stop.
        if (!(error instanceof ConfigError) || error.code !== 'no-such-job') reject(error);
      });
    };
  });
  interruption.signal.addEventListener('abort', asked, { once: true });
  if (interruption.signal.aborted) asked();
  const answering = new Answering(session, started.id, presenter);
  try {
    const shown = show(session, started.id, presenter, answering, context);
    return await Promise.race([shown, stopFailed, answering.failed]);
  } catch (error) {
    await presenter.clear();
    throw error;
  } finally {
    void answering.close();
    interruption.signal.removeEventListener('abort', asked);
  }
}

async function start(session: Session, definition: JobDefinition): Promise<JobView | null> {
  const { controller, inBackground, interruption } = session;
  try {
    if (interruption.first !== null) return null;
    return await controller.start(definition, inBackground ? { owned: true } : {});
  } catch (error) {
    // What an interrupted start has to say, like a passphrase that was not given, is no news.
    if (interruption.first !== null) return null;
    throw error;
  }
}

async function show(
  session: Session,
  id: number,
  presenter: JobPresenter,
  answering: Answering,
  context: Context,
): Promise<ForegroundEnd> {
  let outputLost = false;
  for await (const event of session.controller.follow(id)) {
    session.open.saw(event);
    answering.saw(event);
    if (event.event === 'end') await answering.close();
    try {
      await presenter.handle(event);
    } catch (error) {
      if (!(error instanceof OutputDirError)) throw error;
      outputLost = true;
      context.tell(error.message);
    }
    if (event.event === 'end') return { job: event.job, outputLost };
  }
  throw new Error(`job ${id} has no end event`);
}

/** First it stops, then it says so: a terminal that takes no output must not keep the hosts running. */
async function stop(
  session: Session,
  id: number,
  presenter: JobPresenter,
  context: Context,
): Promise<void> {
  const { controller, interruption } = session;
  const name = stopName(interruption.first ?? 'SIGINT');
  const { counts } = await controller.job(id);
  const stopping = controller.stop(id, name);
  const { running, queued } = counts;
  if (running + queued > 0) {
    await presenter.clear();
    context.tell(
      `${name}: stopping ${hosts(running + queued)} (${running} running, ${queued} queued); again to leave`,
    );
  }
  await stopping;
}

function hosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`;
}
