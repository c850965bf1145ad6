import type { Clock } from '../../base/clock.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { doubt, type Ending } from './ending.ts';
import { within } from './patience.ts';

/**
 * The ladder where no shell can be had: TERM and KILL over the command's own channel (RFC 4254 section 6.9). Never
 * confirmed: a server says nothing of what the command began, and some do not pass signals on at all.
 */
export async function endBySignal(
  { channel }: RemoteCommand,
  { clock, graceMs }: { readonly clock: Clock; readonly graceMs: number },
  why: string,
  over: AbortSignal,
): Promise<Ending> {
  if (over.aborted) return doubt(why);
  for (const [signal, patience] of [
    ['TERM', graceMs],
    ['KILL', KILLED_MS],
  ] as const) {
    channel.signal(signal);
    const end = await within(clock, patience, channel.ended);
    if (end?.kind === 'exit' || end?.kind === 'signal') {
      return doubt(`${why}; the command itself has ended`);
    }
    if (end !== null) break;
  }
  return doubt(why);
}

/** From KILL to the report of its end. */
const KILLED_MS = 1_000;
