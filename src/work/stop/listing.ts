import type { Channel } from '../../model/ports/transport.ts';

/** A process of the host: its number, and when it began, in the host's own unit. */
export interface HostProcess {
  readonly pid: number;
  readonly start: number;
}

/** The children of a connection's server: one for each of its commands, and the script itself. */
export interface Listing {
  readonly self: number;
  readonly children: readonly HostProcess[];
}

/** Reads `list SELF PID:START...`; null where it is anything else. */
export function parseListing(words: readonly string[]): Listing | null {
  const [verb, own, ...rest] = words;
  const self = wholeNumber(own);
  if (verb !== 'list' || self === null) return null;
  const children: HostProcess[] = [];
  for (const word of rest) {
    const [first, second, ...more] = word.split(':');
    const pid = wholeNumber(first);
    const start = wholeNumber(second);
    if (pid === null || pid <= 1 || start === null || more.length > 0) return null;
    children.push({ pid, start });
  }
  return children.some(({ pid }) => pid === self) ? { self, children } : null;
}

/** Which process a channel's command is: `over` where it has ended, `unclear` where the host has to be asked again. */
export type Choice = HostProcess | 'over' | 'unclear';

/**
 * The server has the commands as children in the order in which they were sent, so the places tell which is which. Only
 * those count that had been `sent` before the script was asked: they were all begun when it looked. Those sent since may be
 * listed too, behind them: where `sent` ends with the script itself, what is younger is passed over.
 *
 * A connection keeps the order: the report of a command that the host no longer listed comes before the listing does.
 * So every command that has not reported now was listed then; where as many were listed, they are the same ones. More
 * were listed where one ended since, or was sent since.
 */
export function choose(
  listing: Listing,
  { sent, running }: { readonly sent: readonly Channel[]; readonly running: readonly Channel[] },
  script: Channel,
  wanted: Channel,
): Choice {
  if (!running.includes(wanted)) return 'over';
  const ours = running.filter((channel) => sent.includes(channel));
  const place = ours.indexOf(wanted);
  const scriptAt = ours.indexOf(script);
  if (place === -1 || scriptAt === -1) return 'unclear';
  const ordered = inOrderOfBirth(listing.children);
  const selfAt = ordered.findIndex(({ pid }) => pid === listing.self);
  const theirs = sent.at(-1) === script ? ordered.slice(0, selfAt + 1) : ordered;
  const isSame = theirs.length === ours.length && selfAt === scriptAt;
  return isSame ? (theirs[place] ?? 'unclear') : 'unclear';
}

/** By start time; where that is too coarse by number, which grows until it wraps round. */
export function inOrderOfBirth(processes: readonly HostProcess[]): readonly HostProcess[] {
  return processes.toSorted((a, b) => {
    if (a.start !== b.start) return a.start - b.start;
    const step = a.pid - b.pid;
    return Math.abs(step) > WRAPPED ? -step : step;
  });
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/u.test(text) ? Number(text) : null;
}

/** Half of the smallest range of numbers in use (Linux's pid_max is 32768 on small hosts). */
const WRAPPED = 16_384;
