import type { Clock, Timer } from '../base/clock.ts';

export interface IdleParts {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly idleMs: number;
  /** Whether anything is under way or kept for somebody. */
  readonly isBusy: () => Promise<boolean>;
  /** Called when nothing was for so long; where it does not end us, the time begins anew. */
  readonly onIdle: () => Promise<void>;
}

export interface IdleWatch {
  /** Somebody came or went: the time begins anew. */
  active(): void;
  close(): void;
}

/**
 * Looks now and then, since what is read from a job tells nobody: the end comes within a tenth of the time (30 seconds at
 * most) after it is due. What happens between two looks comes through clients, who say so by `active`.
 */
export function watchIdle({ clock, idleMs, isBusy, onIdle }: IdleParts): IdleWatch {
  const period = Math.max(Math.min(idleMs / 10, LONGEST_PERIOD_MS), SHORTEST_PERIOD_MS);
  let since = clock.monotonic();
  let timer: Timer | null = null;
  let closed = false;

  const look = async (): Promise<void> => {
    if (await isBusy()) since = clock.monotonic();
    if (closed) return;
    if (clock.monotonic() - since >= idleMs) {
      await onIdle();
      since = clock.monotonic();
    }
    again();
  };
  const again = (): void => {
    if (closed) return;
    timer = clock.after(period, () => void look());
    timer.unref();
  };
  again();
  return {
    active: () => {
      since = clock.monotonic();
    },
    close: () => {
      closed = true;
      timer?.cancel();
    },
  };
}

const LONGEST_PERIOD_MS = 30_000;
const SHORTEST_PERIOD_MS = 20;
