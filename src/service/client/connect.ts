import { systemClock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import { ConfigError } from '../../model/errors.ts';
import type { RemoteController, ServicePaths, ServiceStatus } from '../service.ts';
import { ControllerClient } from './controller-client.ts';
import { Requests } from './requests.ts';
import { trustedSocket } from './trust.ts';

export interface ConnectOptions {
  /** Also a controller of another version, of which nothing may be asked but its status and its end. Default false. */
  readonly anyVersion?: boolean;
  /** Milliseconds that it may take to answer, 30,000 by default: one that is halted never does. */
  readonly answerMs?: number;
}

/**
 * The controller that listens there; null: none does. `version` is the client's own. Throws ConfigError `service` where the
 * socket is not this user's alone, and where the controller is of another version, or does not answer.
 */
export async function connect(
  paths: ServicePaths,
  version: string,
  { anyVersion = false, answerMs = ANSWER_MS }: ConnectOptions = {},
): Promise<RemoteController | null> {
  if (!(await trustedSocket(paths))) return null;
  const requests = new Requests(paths.socket, version);
  const over = new AbortController();
  const timer = systemClock.after(answerMs, () => over.abort(silent(paths)));
  try {
    const { signal } = over;
    const status = await requests.call<ServiceStatus>('GET', '/v1/status', { signal });
    if (!anyVersion && status.version !== version) throw otherVersion(status, version);
    return new ControllerClient(paths, requests, status.pid);
  } catch (error) {
    requests.close();
    if (error instanceof ConfigError && isAbsent(error.cause)) return null;
    throw error;
  } finally {
    timer.cancel();
  }
}

function silent({ lock }: ServicePaths): ConfigError {
  return new ConfigError('service', 'the controller does not answer', {
    hint: `is it halted? ${lock} says which process it is; where that is killed, the next one finds its durable jobs again`,
  });
}

/** The socket was left behind, or went away since we looked. */
function isAbsent(cause: unknown): boolean {
  const code = errorCode(cause);
  return code === 'ENOENT' || code === 'ECONNREFUSED';
}

function otherVersion({ pid, version }: ServiceStatus, ours: string): ConfigError {
  return new ConfigError(
    'service',
    `the controller that runs (pid ${pid}) is muster ${version}, this is muster ${ours}`,
    { hint: 'muster controller stop ends it; muster start then starts one of this version' },
  );
}

/** However much it has to do, an answer takes no longer. */
const ANSWER_MS = 30_000;
