import { delay } from '../base/clock.ts';
import { ConfigError } from '../model/errors.ts';
import type { Failure } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { Probe, Reach } from '../model/ports/transport.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';

/** Whether each target can be reached, and how far: nothing is run on it. */
export interface CheckSpec extends WorkSpec {
  readonly kind: 'check';
  readonly until: Reach;
  /** How many probes, from 1 on. */
  readonly count: number;
  /** From the beginning of one probe to that of the next, milliseconds; a slower probe is followed at once. */
  readonly intervalMs: number;
}

export const checkKind: WorkKind<CheckSpec> = {
  kind: 'check',
  jobType: 'CheckJob',
  parse,
  logsIn: ({ until }) => until === 'auth',
  describe: ({ until, count }) => `check ${until}${count === 1 ? '' : ` × ${count}`}`,
  run,
};

function parse({ until, count, intervalMs }: WorkSpec): CheckSpec {
  const reach = REACHES.find((one) => one === until);
  if (reach === undefined) {
    throw new ConfigError('usage', `a check goes until ${REACHES.join(', ')}`);
  }
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) {
    throw new ConfigError('usage', 'a check has a count of 1 or more');
  }
  if (typeof intervalMs !== 'number' || !(intervalMs >= 0)) {
    throw new ConfigError('usage', 'the interval of a check is 0 or more');
  }
  return { kind: 'check', until: reach, count, intervalMs };
}

async function run(spec: CheckSpec, context: WorkContext): Promise<WorkEnd> {
  const { clock, signal } = context;
  const probes: Probe[] = [];
  try {
    for (;;) {
      const next = clock.monotonic() + spec.intervalMs;
      probes.push(await context.probe(spec.until));
      context.report({ check: summary(spec.until, probes) });
      if (probes.length === spec.count) break;
      await delay(clock, Math.max(0, next - clock.monotonic()), signal);
    }
  } catch (error) {
    // A probe leaves nothing on the host.
    if (signal.aborted) return { kind: 'ended', confirmed: true };
    throw error;
  }
  const failure = probes.findLast((probe) => probe.failure !== null)?.failure ?? null;
  return failure === null ? { kind: 'done' } : { kind: 'failed', failure };
}

/** The child's field `check`. */
function summary(until: Reach, probes: readonly Probe[]): Json {
  const last = probes.at(-1);
  return {
    online: last?.failure === null && last.reached === until,
    reached: last?.reached ?? null,
    address: last?.address ?? null,
    probes: probes.map(({ resolveMs, tcpMs, sshMs, authMs, failure }) => ({
      resolveMs: rounded(resolveMs),
      tcpMs: rounded(tcpMs),
      sshMs: rounded(sshMs),
      authMs: rounded(authMs),
      failure: failure === null ? null : plain(failure),
    })),
  };
}

/** To the microsecond: what is beyond is no time, but the way numbers are kept. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}

function plain({ phase, code, message, mayHaveRun, via }: Failure): Json {
  return { phase, code, message, mayHaveRun, via };
}

const REACHES: readonly Reach[] = ['resolve', 'tcp', 'ssh', 'auth'];
