import type { Clock } from '../../base/clock.ts';
import type { Connection } from '../../model/ports/transport.ts';
import { openHostShell, type HostShell, type HostShellOptions } from './host-shell.ts';
import { within } from './patience.ts';
import { keepsWatch, watchesNoMore } from './watch-shells.ts';

export interface SharedShellOptions extends HostShellOptions {
  readonly clock: Clock;
}

/** A share in the shell of a connection. */
export interface Lease {
  readonly shell: HostShell;
  /** Whether it is there no more, or not for long. */
  readonly isOver: boolean;
  /** Whether it does no more than watch over what is halted: who needs its session more urgently may have that. */
  watch(only: boolean): void;
  /** It is of no use: whoever wants one next gets another. */
  discard(): void;
  /** Given back, once. Resolves at once where others have a share in it, else when it is gone. */
  release(): Promise<void>;
}

/**
 * The shell of the command's connection, opened where there is none. A server allows a connection only so many sessions
 * (sshd: MaxSessions), of which one is kept free: so all that are stopped or suspended on it share one. Rejects as
 * Connection.exec does.
 */
export async function borrowShell(
  connection: Connection,
  options: SharedShellOptions,
): Promise<Lease> {
  const shells = shellsOf(connection);
  const { become = null } = options;
  const whose = become === null ? '' : `${become.method} ${become.user}`;
  for (;;) {
    const last = shells.get(whose);
    if (last?.isOver !== true) break;
    // Two at once would be one session too many.
    await last.gone;
    if (shells.get(whose) === last) shells.delete(whose);
  }
  let shell = shells.get(whose);
  if (shell === undefined) {
    const opened = new SharedShell(connection, options, () => {
      if (shells.get(whose) === opened) shells.delete(whose);
    });
    shells.set(whose, opened);
    shell = opened;
  }
  return shell.borrow();
}

function shellsOf(connection: Connection): Map<string, SharedShell> {
  const key = connection.shared ?? connection;
  let shells = LATEST.get(key);
  if (shells === undefined) {
    shells = new Map<string, SharedShell>();
    LATEST.set(key, shells);
  }
  return shells;
}

class SharedShell {
  /** Settles when its session is free again, as far as can be seen; never rejects. */
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #opening: Promise<HostShell>;
  readonly #drop: () => void;
  #shell: HostShell | null = null;
  #users = 0;
  #watchers = 0;
  #isOver = false;

  constructor(connection: Connection, options: SharedShellOptions, drop: () => void) {
    this.#clock = options.clock;
    this.#drop = drop;
    // Whoever asks first may have left its place when others still need the shell.
    const place = connection.shared?.beside(connection) ?? null;
    this.#opening = openHostShell(place ?? connection, options);
    this.gone = this.#live().finally(() => {
      this.#isOver = true;
      place?.release();
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async borrow(): Promise<Lease> {
    this.#users += 1;
    try {
      return this.#lease(await this.#opening);
    } catch (error) {
      this.#users -= 1;
      throw error;
    }
  }

  async #live(): Promise<void> {
    try {
      this.#shell = await this.#opening;
    } catch {
      // Those who wait for it are told.
      this.#drop();
      return;
    }
    await this.#shell.channel.ended;
  }

  #lease(shell: HostShell): Lease {
    let isWatching = false;
    let isReleased = false;
    const watch = (only: boolean): void => {
      if (isReleased || only === isWatching) return;
      isWatching = only;
      this.#watchers += only ? 1 : -1;
      this.#counted(shell);
    };
    const isOver = (): boolean => this.#isOver;
    return {
      shell,
      get isOver() {
        return isOver();
      },
      watch,
      discard: () => this.#drop(),
      release: async () => {
        if (isReleased) return;
        watch(false);
        isReleased = true;
        this.#users -= 1;
        this.#counted(shell);
        if (this.#users === 0) await this.#end(shell);
      },
    };
  }

  #counted(shell: HostShell): void {
    if (this.#users === 0 || this.#watchers < this.#users || this.#isOver) {
      watchesNoMore(shell.channel);
      return;
    }
    keepsWatch(shell.channel, () => {
      this.#isOver = true;
      void shell.order('leave');
    });
  }

  /** It goes with the end of its input, and lets go what it still has halted. */
  async #end(shell: HostShell): Promise<void> {
    this.#isOver = true;
    shell.channel.endInput();
    if (
      (await within(
        this.#clock,
        LEAVE_MS,
        this.gone.then(() => true),
      )) === null
    ) {
      shell.channel.close();
    }
  }
}

/** By what the places of a connection have in common, and as whom the shell runs. */
const LATEST = new WeakMap<object, Map<string, SharedShell>>();
/** From the end of its input to its own. */
const LEAVE_MS = 250;
