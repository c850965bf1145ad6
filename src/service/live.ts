import { dirname } from 'node:path';
import { delay, type Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { ConfigError } from '../model/errors.ts';
import type { HostedController } from '../model/ports/controller.ts';
import { EVERY_JOB } from '../model/query.ts';
import { endingText, type Endings } from './endings.ts';
import { watchIdle } from './idle.ts';
import { openJournal, type FileJournal } from './journal/journal.ts';
import type { ServiceLog } from './log.ts';
import { watchReachable } from './reachable.ts';
import type { ServeOptions } from './serve-options.ts';
import type { ServiceServer } from './server.ts';
import type { ShutdownRequest } from './service.ts';
import { listenAt, type OwnSocket } from './socket.ts';
import { createStatus, unfinishedJobs } from './status.ts';

export interface Life {
  /** The exit status, once its jobs are stopped and its clients have gone. */
  readonly over: Promise<number>;
  /** Takes the socket away, whatever else can still be done. Idempotent. */
  withdraw(): void;
}

/** The controller and its server, from the first client to the last. Only for the holder of the lock. */
export function live(
  options: ServeOptions,
  log: ServiceLog,
  endings: Endings,
  ready: () => void,
): Life {
  let socket: OwnSocket | null = null;
  const begin = async (): Promise<number> => {
    const service = await open(options, log, endings);
    socket = await listenAt(service.server.http, options.paths.socket);
    // Who started us in the background is told in another way, and our stdout is the log.
    if (options.readyDescriptor === null)
      options.announce(`controller ready (process ${process.pid}) on ${options.paths.socket}`);
    log.line(`ready: version ${options.version}`);
    ready();
    await untilAsked(options, service, socket, log, endings);
    await end(options, service, log);
    return 0;
  };
  return { over: begin(), withdraw: () => socket?.remove() };
}

interface Service {
  readonly controller: HostedController;
  readonly server: ServiceServer;
  /** Stops every job by the ladder, but for durable ones with `detach`, and takes no further one; the first who asks says how. */
  stopJobs(detach: boolean): Promise<void>;
  /** Whether durable jobs stay on their hosts: unless somebody has asked otherwise. */
  readonly leavesDurable: () => boolean;
}

async function open(options: ServeOptions, log: ServiceLog, endings: Endings): Promise<Service> {
  const { paths, settings, version, clock } = options;
  const [{ createController }, { createServer }] = await Promise.all([
    import('../index.ts'),
    import('./server.ts'),
  ]);
  const status = createStatus(paths, version, clock, (text) => log.line(text));
  const { keepMs, pool, memoryBytes } = settings;
  const spillFolder = dirname(paths.journal);
  const warn = (text: string): void => status.warn(text);
  const journal = openJournal(paths.journal, { warn });
  const results = { memoryBytes, spillFolder };
  const controller = createController({ clock, keepMs, pool, warn, journal, ...results });
  await restoreAll(controller, journal, warn);

  let stopping: Promise<void> | null = null;
  const leaveDurable = async (): Promise<void> => journal.close(await controller.detach());
  const stopAll = async (): Promise<void> => {
    await controller.dispose();
    journal.close([]);
  };
  let leaves = true;
  const stopJobs = (detach: boolean): Promise<void> => {
    if (stopping === null) leaves = detach;
    return (stopping ??= detach ? leaveDurable() : stopAll());
  };
  const serviceStatus = () => status.status(controller);
  const shutdown = async (request: ShutdownRequest): Promise<void> => {
    const unfinished = await unfinishedOf(controller, request.detach);
    if (unfinished > 0 && !request.stopJobs) throw jobsLeft(unfinished, request.detach);
    const stopped = stopJobs(request.detach);
    endings.ask({ kind: 'shutdown' });
    await stopped;
  };
  const trouble = (text: string): void => log.line(text);
  const server = await createServer({ controller, version, serviceStatus, shutdown, trouble });
  return { controller, server, stopJobs, leavesDurable: () => leaves };
}

async function untilAsked(
  { paths, settings, clock }: ServeOptions,
  { controller, server }: Service,
  socket: OwnSocket,
  log: ServiceLog,
  endings: Endings,
): Promise<void> {
  const isBusy = async (): Promise<boolean> => {
    if (server.clients > 0) return true;
    const status = await controller.status();
    if (unfinishedJobs(status) > 0 || status.bytesHeld > 0) return true;
    const unread = await controller.find({ ...EVERY_JOB, hasMoreData: true });
    return unread.jobs.length > 0 || server.clients > 0;
  };
  const leave = async (): Promise<void> => {
    // New clients find nobody; who had found us just before is heard.
    socket.withdraw();
    await delay(clock, LATE_CLIENT_MS);
    // Timers come before connections that wait to be taken: one turn more, and those are counted.
    await delay(clock, 1);
    if (await isBusy()) socket.restore();
    else endings.ask({ kind: 'idle' });
  };
  const idle = watchIdle({ clock, idleMs: settings.idleMs, isBusy, onIdle: leave });
  server.onClients(() => idle.active());
  const reachable = watchReachable(socket, paths.folder, clock, () =>
    endings.ask({ kind: 'lost' }),
  );
  try {
    log.line(`ends: ${endingText(await endings.first)}`);
  } finally {
    idle.close();
    reachable.close();
    // From now on new clients find nobody, and the next controller waits for our lock.
    socket.remove();
  }
}

async function end({ clock }: ServeOptions, service: Service, log: ServiceLog): Promise<void> {
  const { controller, server } = service;
  const status = await controller.status();
  const left = service.leavesDurable() ? status.durable : 0;
  const stopped = unfinishedJobs(status) - left;
  const told = [
    ...(stopped > 0 ? [`stops ${stopped} unfinished ${jobs(stopped)}`] : []),
    ...(left > 0
      ? [`leaves ${left} durable ${jobs(left)} on ${left === 1 ? 'its' : 'their'} hosts`]
      : []),
  ];
  if (told.length > 0) log.line(told.join(', '));
  // Nobody asked for the end of what is to outlive us.
  await service.stopJobs(true);
  await lastWords(server, clock);
  await server.close();
  log.line('ended');
}

/**
 * Who is connected hears of the end of jobs, and may ask for what is left of them, until it goes by itself. Who stays does
 * not hold us for long.
 */
async function lastWords(server: ServiceServer, clock: Clock): Promise<void> {
  const until = clock.monotonic() + CLOSING_MS;
  while (server.clients > 0 && clock.monotonic() < until) await delay(clock, CLOSING_PERIOD_MS);
}

/** Jobs that are unfinished; durable ones do not count where they are left as they are. */
async function unfinishedOf(controller: HostedController, detach: boolean): Promise<number> {
  const status = await controller.status();
  return unfinishedJobs(status) - (detach ? status.durable : 0);
}

function jobsLeft(count: number, detach: boolean): ConfigError {
  const are = count === 1 ? '1 job is' : `${count} jobs are`;
  const what = detach ? `${are} unfinished and not durable` : `${are} unfinished`;
  return new ConfigError('job-state', `${what}: the controller goes on`, {
    hint: detach
      ? 'muster controller stop --detach --stop-jobs stops them first'
      : 'muster controller stop --stop-jobs stops them first, --detach leaves durable ones running on their hosts',
  });
}

/** Goes on with what an earlier controller has left. */
async function restoreAll(
  controller: HostedController,
  { recovered, damaged }: FileJournal,
  warn: (text: string) => void,
): Promise<void> {
  if (damaged > 0) warn(`${damaged} lines of the journal could not be read`);
  for (const job of recovered) {
    try {
      await controller.restore(job);
    } catch (error) {
      // Whatever is wrong with one: the others are gone on with, and there is a controller.
      const why = error instanceof Error ? error.message : String(error);
      warn(`job ${job.id} of the last controller cannot be gone on with: ${safeLine(why)}`);
    }
  }
}

function jobs(count: number): string {
  return count === 1 ? 'job' : 'jobs';
}

/** A connection that was made before the socket went away is ours within this time. */
const LATE_CLIENT_MS = 50;
/** For what clients have still to read after the last job's end. */
const CLOSING_MS = 2000;
const CLOSING_PERIOD_MS = 20;
