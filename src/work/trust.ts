import { delay } from '../base/clock.ts';
import { FailureError } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { WorkEnd } from '../model/outcome.ts';
import type { OfferedHostKey } from '../model/ports/transport.ts';
import type { WorkContext, WorkKind, WorkSpec } from '../model/ports/work.ts';

/** The public keys of each target: nobody logs in, and nothing is decided on them here. */
export interface TrustSpec extends WorkSpec {
  readonly kind: 'trust';
}

export const trustKind: WorkKind<TrustSpec> = {
  kind: 'trust',
  jobType: 'CheckJob',
  parse: () => ({ kind: 'trust' }),
  logsIn: () => false,
  describe: () => 'host keys',
  run,
};

async function run(_: TrustSpec, context: WorkContext): Promise<WorkEnd> {
  try {
    const keys = await patiently(context);
    context.report({ trust: { keys: keys.map(asJson) } });
    return { kind: 'done' };
  } catch (error) {
    // Asking for keys leaves nothing on the host.
    if (context.signal.aborted) return { kind: 'ended', confirmed: true };
    throw error;
  }
}

function asJson({ type, fingerprint, key, certificate }: OfferedHostKey): Json {
  return { type, fingerprint, key, certificate: certificate ?? null };
}

/** A server that turns connections away for now (MaxStartups) is asked again: it is asked once for each type of key. */
async function patiently(context: WorkContext): Promise<readonly OfferedHostKey[]> {
  for (let round = 0; ; round += 1) {
    try {
      return await context.hostKeys();
    } catch (error) {
      const pause = PAUSES_MS[round];
      if (!(error instanceof FailureError) || error.failure.code !== 'target-busy') throw error;
      if (pause === undefined) throw error;
      // Targets that were turned away together do not come back together.
      await delay(context.clock, pause * (1 + (context.index % SPREAD) / SPREAD), context.signal);
    }
  }
}

const PAUSES_MS: readonly number[] = [150, 300, 600, 1200, 2400];
const SPREAD = 16;
