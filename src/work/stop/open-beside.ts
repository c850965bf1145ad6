import { delay } from '../../base/clock.ts';
import type { Become } from '../../model/become.ts';
import { FailureError } from '../../model/failure.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { within } from './patience.ts';
import { borrowShell, type Lease, type SharedShellOptions } from './shared-shell.ts';

/**
 * A share in the shell of the command's connection; or why there is none. A server allows a connection only so many sessions (sshd:
 * MaxSessions): where others run, and may end, it is asked again for a while.
 */
export async function openBeside(
  command: RemoteCommand,
  options: SharedShellOptions & {
    /** How long there may be no room for it. Milliseconds; as long as an answer may take, where it is not said. */
    readonly patienceMs?: number;
  },
  over: AbortSignal,
): Promise<Lease | string> {
  const { clock } = options;
  const { connection, channel } = command;
  let become = whoMaySignal(command);
  const patienceMs = options.patienceMs ?? (become === null ? OPEN_MS : BECOME_MS);
  let until = clock.monotonic() + patienceMs;
  for (;;) {
    const onTerminal = command.input === 'own-terminal';
    const opening = borrowShell(connection, { ...options, become, onTerminal });
    try {
      const lease = await within(clock, until - clock.monotonic(), opening);
      if (lease !== null) return lease;
      releaseLate(opening);
      return 'the host opened no second channel';
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const { code, phase } = error.failure;
      if (phase === 'become' && become !== null && !over.aborted) {
        // Who logged in may at least do what that one may, and see what is left.
        become = null;
        until = clock.monotonic() + OPEN_MS;
        continue;
      }
      const mayEnd = connection.running.some((other) => other !== channel);
      const isOver = over.aborted || clock.monotonic() > until;
      if (code !== 'channel-refused' || !mayEnd || isOver) return refusals(code);
    }
    await delay(clock, ROOM_PAUSE_MS);
  }
}

/** As whom a command's processes can be seen and signalled, where who logged in cannot (kill(2)); null: who logged in can. */
export function whoMaySignal({ become, connection }: RemoteCommand): Become | null {
  return connection.target.user === 'root' ? null : become;
}

function refusals(code: string): string {
  return code === 'channel-refused'
    ? 'the host allows no second session'
    : 'the host runs no second command';
}

function releaseLate(opening: Promise<Lease>): void {
  opening.then(
    (lease) => lease.release(),
    // It came to nothing, which is as good.
    () => undefined,
  );
}

/** As long as an answer may take. */
const OPEN_MS = 3_000;
/** Becoming another user first. */
const BECOME_MS = 6_000;
const ROOM_PAUSE_MS = 100;
