import type { FailureError } from '../../model/failure.ts';
import type { ConnectRequest } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Attempt } from '../connect/attempt.ts';
import type { Carrier } from '../connect/carrier.ts';
import { fail } from '../failures.ts';
import type { Place } from '../place.ts';
import { poolKey } from '../pool/pool-key.ts';
import type { Hops } from './hops.ts';
import { openTunnel, Turned } from './tunnel.ts';

/** A connection to the attempt's target through `hop`, the last of its jump hosts. */
export async function throughJumps(
  attempt: Attempt,
  hops: Hops,
  hop: Target,
  request: ConnectRequest,
): Promise<Carrier> {
  const key = poolKey(hop, request.access);
  for (;;) {
    const place = await reach(attempt, hops, hop, request);
    try {
      return await openTunnel(attempt, place);
    } catch (error) {
      if (!(error instanceof Turned)) throw error;
      // Others may have asked at the same time, and one of them been served.
      await attempt.step<void>(
        () => error.failure,
        (decided) => place.connection.carried.decided(decided),
      );
      if (!hops.mayDoBetter(place, key)) throw error.failure;
    }
  }
}

/** The jump host's login has a time of its own: the target's stands still meanwhile. */
async function reach(
  attempt: Attempt,
  hops: Hops,
  hop: Target,
  request: ConnectRequest,
): Promise<Place> {
  const given = new AbortController();
  const connectTimeoutMs =
    hop.ssh?.connectTimeoutMs ?? request.jumpTimeoutMs ?? request.connectTimeoutMs;
  const own = { ...request, target: hop, connectTimeoutMs, signal: given.signal };
  // Also where the hop has others before it, whose requests are made from this one.
  const asker = ASKERS.get(request.signal) ?? request.signal;
  ASKERS.set(given.signal, asker);
  let place: Place | null = null;
  try {
    return await attempt.untimed(() =>
      attempt.step<Place>(endless, (reached, failed) => {
        hops.reach(own, asker).then((got) => {
          if (given.signal.aborted) got.release();
          else reached((place = got));
        }, failed);
      }),
    );
  } catch (error) {
    given.abort(error);
    // It may have come in the moment in which the target was given up.
    (place as Place | null)?.release();
    throw error;
  }
}

function endless(): FailureError {
  return fail('internal', 'a wait without a limit came to its limit');
}

/** For whom a signal was made: the signal that one child has for all that it asks for. */
const ASKERS = new WeakMap<AbortSignal, AbortSignal>();
