import { delay } from '../base/clock.ts';
import { createController } from '../index.ts';
import type { Access } from '../model/access.ts';
import { ConfigError } from '../model/errors.ts';
import type { JobController } from '../model/ports/controller.ts';
import { isFinished } from '../model/state.ts';
import { foldNodeSet } from '../targets/nodeset/fold.ts';
import type { Context } from './command.ts';
import { EXIT, INTERRUPTED } from './exit-status.ts';
import { memoryFrom } from './memory.ts';
import { openHosts, type OpenHosts } from './open-hosts.ts';
import type { AskAtTerminal } from './passphrase.ts';
import { passphraseQuestion, questionsFor } from './questions.ts';
import { askSecrets, type Secrets } from './secrets.ts';
import { backgroundController, canHaveController, runningController } from './service-client.ts';
import type { StopSignal } from './shell.ts';
import { NPM_ECHO_MS, listenForSignals, type Interruption } from './signals.ts';
import type { Values } from './values.ts';

/** A controller for jobs in the foreground, and the signals that reach it. */
export interface Session {
  readonly controller: JobController;
  /** It is the one in the background, which outlives this command: its jobs here belong to this command. */
  readonly inBackground: boolean;
  readonly interruption: Interruption;
  /** Asks whoever sits at the terminal; null: nobody does. */
  readonly questions: AskAtTerminal | null;
  readonly passphrase: Access['passphrase'];
  /** What the options had asked for, before anything was begun. */
  readonly secrets: Secrets;
  /** Where the jobs of this session may still run. */
  readonly open: OpenHosts;
}

/**
 * Lends a session to a task that gives the exit status, and closes it after: its jobs are stopped, connections of its own
 * ended, whatever happened. Only a second signal does not wait for that. `--controller` says who does the work.
 */
export async function inSession(
  values: Values,
  context: Context,
  task: (session: Session) => Promise<number>,
): Promise<number> {
  const { shell, clock, environment } = context;
  const interruption = listenForSignals(shell, clock, environment.underNpm ? NPM_ECHO_MS : 0);
  try {
    const questions = questionsFor(environment, interruption);
    const secrets = await askSecrets(values, { questions, interruption });
    const session: Session = {
      ...(await chosenController(values, context)),
      interruption,
      questions,
      passphrase: passphraseQuestion(questions),
      secrets,
      open: openHosts(),
    };
    const left = interruption.insisted.then((signal) => leave(signal, session, context));
    return await Promise.race([carriedOut(task, session, context), left]);
  } catch (error) {
    // What was given up because of the signal, like a question at the terminal, has no other news.
    if (interruption.first !== null && error === interruption.signal.reason)
      return INTERRUPTED[interruption.first];
    throw error;
  } finally {
    interruption.close();
  }
}

async function carriedOut(
  task: (session: Session) => Promise<number>,
  session: Session,
  context: Context,
): Promise<number> {
  try {
    return await task(session);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'service') throw error;
    if (session.open.jobs.length === 0) throw error;
    // The job was begun: nothing can be taken back, and nobody is left to ask.
    const names = session.open.names();
    context.tell(`${error.message}; not known what became of ${hostsOf(names)}`);
    return EXIT.failed;
  } finally {
    await session.controller.dispose();
  }
}

type Chosen = Pick<Session, 'controller' | 'inBackground'>;

async function chosenController(values: Values, context: Context): Promise<Chosen> {
  // A verb without that option works in this process.
  const when = values.has('controller') ? values.text('controller') : 'never';
  if (when === 'never') return ownController(values, context);
  if (when === 'always')
    return { controller: await backgroundController(values, context), inBackground: true };
  const running = await runningOrWarn(values, context);
  return running === null
    ? ownController(values, context)
    : { controller: running, inBackground: true };
}

/** A controller that cannot be used is no reason not to do the work: only to say why it is not used. */
async function runningOrWarn(values: Values, context: Context): Promise<JobController | null> {
  if (!canHaveController(values, context.environment)) return null;
  try {
    return await runningController(values, context);
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'service') throw error;
    context.tell(`warning: ${error.message}; working in this process instead`);
    return null;
  }
}

function ownController(values: Values, context: Context): Chosen {
  const controller = createController({
    clock: context.clock,
    keepMs: 0,
    memoryBytes: memoryFrom(values),
    spillFolder: context.environment.stateDir,
    warn: (text) => context.tell(`warning: ${text}`),
  });
  return { controller, inBackground: false };
}

/** Leaves without waiting, but not without naming the hosts of which nobody knows whether the command has ended there. */
async function leave(signal: StopSignal, session: Session, context: Context): Promise<number> {
  const answered = new AbortController();
  const names = await Promise.race([
    unconfirmed(session),
    // A controller that does not answer must not hold us either.
    delay(context.clock, ANSWER_MS, answered.signal).then(() => session.open.names()),
  ]);
  answered.abort();
  if (names.length > 0)
    context.tell(`left at once; not confirmed to have ended on ${hostsOf(names)}`);
  // What still waits for a reader that takes nothing must not hold us.
  context.stdout.abandon();
  context.stderr.abandon();
  return INTERRUPTED[signal];
}

async function unconfirmed({ controller, open }: Session): Promise<readonly string[]> {
  try {
    const jobs = await Promise.all(open.jobs.map((id) => controller.job(id)));
    return jobs
      .flatMap((job) => job.children)
      .filter((child) => !isFinished(child.state) || child.endConfirmed === false)
      .map((child) => child.host);
  } catch {
    // The job or its controller is gone: what was seen of it is all there is to know.
    return open.names();
  }
}

function hostsOf(names: readonly string[]): string {
  return `${foldNodeSet(names)} (${names.length})`;
}

const ANSWER_MS = 1000;
