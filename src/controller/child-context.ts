import { throwIfAborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { safeLine } from '../base/safe-text.ts';
import { FailureError } from '../model/failure.ts';
import type { Connection, ConnectRequest } from '../model/ports/transport.ts';
import type { WorkContext } from '../model/ports/work.ts';
import { canAsk } from './can-ask.ts';
import type { ChildJob } from './child-job.ts';
import type { ChildOutput } from './child-output.ts';
import type { ChildResources } from './child-resources.ts';
import { inputOpener } from './job-input.ts';
import { observerOf } from './observer.ts';
import { leftOf } from './moment.ts';
import type { ParentJob } from './parent-job.ts';
import { comeBack, reachToEnd } from './come-back.ts';
import { reach, rest, type Reacher } from './reach.ts';
import type { Cut } from './rollout/cut.ts';
import type { Suspension } from './suspension.ts';

export interface ContextParts {
  readonly job: ParentJob;
  readonly child: ChildJob;
  readonly output: ChildOutput;
  readonly cut: Cut;
  readonly reacher: Reacher;
  readonly resources: ChildResources;
  readonly signal: AbortSignal;
  readonly suspension: Suspension;
}

/** All that a child's work may use. */
export function contextOf(parts: ContextParts): WorkContext {
  const { job, child, output, reacher, resources, signal, suspension } = parts;
  const { definition } = job;
  const { id, parentId, target, index, item } = child.identity;
  const request = requestOf(parts, writerOf(job, child));
  const attempted = (): void => {
    child.attempts += 1;
  };
  const login = loginOf(parts, request);
  const { clock } = reacher;
  const back = { since: Number.NEGATIVE_INFINITY, round: 0 };
  return {
    jobId: parentId,
    childId: id,
    index,
    total: definition.targets.length,
    instanceId: child.instanceId,
    durable: definition.durable,
    reached: child.goesOnFrom,
    target,
    item,
    clock,
    signal,
    graceMs: definition.graceMs,
    retries: definition.retries,
    rest: (round) => rest(reacher, definition, round, signal),
    become: definition.become,
    ask: request.ask,
    input: inputOpener(definition.input),
    connect: async () => {
      resources.letGo();
      const connection = await login();
      resources.hold(connection);
      return connection;
    },
    reconnect: async (reason) => {
      resources.letGo();
      child.contact(reason);
      // One that does not last is not made again and again at once.
      const lasted = clock.monotonic() - back.since > LASTING_MS;
      back.round = lasted ? 0 : back.round + 1;
      const connection = await comeBack(reacher, { ...request, attempted }, back.round);
      back.since = clock.monotonic();
      resources.hold(connection);
      child.contact(null);
      return connection;
    },
    connectToEnd: async (ms, instead) => {
      if (instead !== undefined && resources.connection === instead) resources.letGo();
      const connection =
        resources.connection ?? (await reachToEnd(reacher, { ...request, attempted }, ms));
      if (connection !== null) resources.hold(connection);
      return connection;
    },
    took: output.took,
    probe: async (until) => {
      if (until === 'auth') await reacher.transport.unlock(request);
      return reacher.logins.run(async () => {
        throwIfAborted(signal);
        attempted();
        return reacher.transport.probe({ ...request, until });
      });
    },
    hostKeys: () =>
      reacher.logins.run(async () => {
        throwIfAborted(signal);
        attempted();
        return reacher.transport.hostKeys(request);
      }),
    write: output.write,
    onPressure: (listener) => resources.onRelease(job.feed.onPressure(listener)),
    report: (data) => {
      child.data = { ...child.data, ...data };
    },
    phase: (...over) => request.observer.phase(...over),
    progress: ({ percent, text }) => {
      child.progress = { percent: Math.min(Math.max(percent, 0), 100), text: safeLine(text) };
    },
    go: async () => {
      await suspension.go();
      resources.maySent = true;
      child.books?.mayBeSent(child.began ?? reacher.clock.now());
    },
    suspendable: (work, isHalted) => suspension.register(work, isHalted),
    started: () => {
      resources.sent = true;
      child.books?.mayBeSent(child.began ?? reacher.clock.now());
      // What has ended already has all the time to be fetched.
      if (definition.timeoutMs !== null && child.known === null)
        child.limit(limitOf(child, definition.timeoutMs, clock));
    },
  };
}

/** Adds records. */
export function writerOf(job: ParentJob, child: ChildJob): WorkContext['write'] {
  return (stream, data, structured) => {
    // Output that comes after the verdict (a drain that was cut) has no place to go; nor what comes after some was lost.
    if (child.log.closed || child.log.full !== null) return;
    job.feed.record(child, child.append(stream, data, structured));
  };
}

/** Reaches the child's target by the rules of its job. */
function loginOf(
  { job, child, cut, reacher, signal }: ContextParts,
  request: ConnectRequest,
): () => Promise<Connection> {
  const { retries, retryDelayMs } = job.definition;
  const options = {
    retries,
    retryDelayMs,
    admit: () => cut.admit(child),
    isHeld: () => cut.isHeld(child),
    untilDecided: () => cut.untilDecided(signal),
    attempted: () => {
      child.attempts += 1;
      cut.loginBegan(child);
    },
  };
  return async () => {
    try {
      const connection = await reach(reacher, request, options);
      cut.loginEnded(child, null);
      return connection;
    } catch (error) {
      if (error instanceof FailureError && !signal.aborted) cut.loginEnded(child, error.failure);
      else cut.loginLeft(child);
      throw error;
    }
  };
}

/** How the child's target is reached. */
export function requestOf(
  { job, child, signal, suspension }: Pick<ContextParts, 'job' | 'child' | 'signal' | 'suspension'>,
  write: WorkContext['write'],
): ConnectRequest {
  const { access, connectTimeoutMs, verbosity, keepMs } = job.definition;
  const { target } = child.identity;
  return {
    target,
    access,
    connectTimeoutMs: target.ssh?.connectTimeoutMs ?? connectTimeoutMs,
    jumpTimeoutMs: connectTimeoutMs,
    observer: observerOf(verbosity, write),
    // A child that is suspended does not ask before it is resumed.
    ask: canAsk(access)
      ? async (question) => {
          await suspension.go();
          return job.questions.ask(child, question, signal);
        }
      : null,
    keepMs,
    signal,
  };
}

/**
 * What is left of it, where the command was begun by an earlier controller; and a moment, because the command may have ended
 * in time while there was none, which its host has to be asked first.
 */
function limitOf(child: ChildJob, timeoutMs: number, clock: Clock): number {
  if (child.goesOnFrom === null || child.began === null) return timeoutMs;
  return Math.max(ASKED_MS, leftOf(timeoutMs, child.began + (child.time?.stoodMs ?? 0), clock));
}

/** A connection that was there for less may be lost again as soon. */
const LASTING_MS = 5_000;
const ASKED_MS = 10_000;
