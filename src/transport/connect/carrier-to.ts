import { FailureError } from '../../model/failure.ts';
import type { ConnectRequest, Reach } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { Descriptors } from '../descriptors.ts';
import { lastHop } from '../jumps/chain.ts';
import type { Hops } from '../jumps/hops.ts';
import { throughJumps } from '../jumps/through-jumps.ts';
import type { Attempt } from './attempt.ts';
import type { Carrier } from './carrier.ts';
import { dial } from './dial.ts';
import { runProxyCommand } from './proxy-command.ts';
import { resolve } from './resolve.ts';

/** What the way to a server may need. */
export interface Ways {
  readonly descriptors: Descriptors;
  readonly hops: Hops;
  /** What is asked for, for the hosts on the way. */
  readonly request: ConnectRequest;
}

/**
 * Something to speak to the target over; null where `until` ends before that. A target behind a jump host is never reached
 * in another way: another host may have its address here.
 */
export async function carrierTo(
  attempt: Attempt,
  ways: Ways,
  until: Reach,
): Promise<Carrier | null> {
  const { target } = attempt.request;
  const hop = lastHop(target);
  if (hop !== null) return behind(attempt, ways, hop, until);
  const command = target.ssh?.proxyCommand ?? null;
  return command === null ? direct(attempt, ways, until) : proxied(attempt, ways, command);
}

async function direct(
  attempt: Attempt,
  { descriptors }: Ways,
  until: Reach,
): Promise<Carrier | null> {
  const { progress } = attempt;
  const addresses = await descriptors.retry(attempt, () => resolve(attempt));
  progress.address = addresses[0] ?? null;
  progress.resolveMs = attempt.lap();
  attempt.passed('resolve', progress.resolveMs, addresses.join(', '));
  if (until === 'resolve') return null;

  const socket = await descriptors.retry(attempt, () => dial(attempt, addresses));
  descriptors.hold(socket);
  connected(attempt, socket.remoteAddress ?? progress.address, null);
  return socket;
}

/** What the program does to get there, and how far it is, nobody can tell before the server's greeting. */
async function proxied(
  attempt: Attempt,
  { descriptors }: Ways,
  command: readonly string[],
): Promise<Carrier> {
  const carrier = await descriptors.retry(attempt, () => runProxyCommand(attempt, command));
  descriptors.hold(carrier);
  connected(attempt, attempt.request.target.address, `proxy command ${command[0] ?? ''}`);
  return carrier;
}

/** The jump host resolves and connects, in one step. */
async function behind(
  attempt: Attempt,
  { hops, request }: Ways,
  hop: Target,
  until: Reach,
): Promise<Carrier | null> {
  const { progress } = attempt;
  const { address } = request.target;
  try {
    const carrier = await throughJumps(attempt, hops, hop, request);
    if (until === 'resolve') {
      progress.resolveMs = attempt.lap();
      return null;
    }
    connected(attempt, address, `${address} through ${hop.name}`);
    return carrier;
  } catch (error) {
    // It found the name, and nobody asked for more.
    const isFound = error instanceof FailureError && hasResolved(error);
    if (until !== 'resolve' || !isFound) throw error;
    progress.resolveMs = attempt.lap();
    return null;
  }
}

function hasResolved({ failure: { phase, via } }: FailureError): boolean {
  return via === null && phase === 'connect';
}

function connected(attempt: Attempt, address: string | null, detail: string | null): void {
  const { progress } = attempt;
  progress.address = address;
  progress.tcpMs = attempt.lap();
  attempt.passed('connect', progress.tcpMs, detail ?? address);
}
