import type { Failure } from '../model/failure.ts';
import type { Probe, Reach } from '../model/ports/transport.ts';
import type { Progress } from './connect/attempt.ts';

/** What an attempt found out. */
export function describeProbe(progress: Progress, failure: Failure | null): Probe {
  return { ...progress, reached: reached(progress), failure };
}

function reached({ resolveMs, tcpMs, sshMs, authMs }: Progress): Reach | null {
  if (authMs !== null) return 'auth';
  if (sshMs !== null) return 'ssh';
  if (tcpMs !== null) return 'tcp';
  return resolveMs === null ? null : 'resolve';
}
