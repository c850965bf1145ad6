import { delay, type Clock } from '../../base/clock.ts';
import { FailureError } from '../../model/failure.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { openHostShell, type HostShell, type HostShellOptions } from './host-shell.ts';
import { within } from './patience.ts';
import { makeRoom } from './watch-shells.ts';

/**
 * A shell on the command's connection; or why there is none. A server allows a connection only so many sessions (sshd:
 * MaxSessions): where others run, and may end, it is asked again for a while.
 */
export async function openBeside(
  { connection, channel }: RemoteCommand,
  options: HostShellOptions & {
    readonly clock: Clock;
    /** How long there may be no room for it. Milliseconds; as long as an answer may take, where it is not said. */
    readonly patienceMs?: number;
  },
  over: AbortSignal,
): Promise<HostShell | string> {
  const { clock } = options;
  const until = clock.monotonic() + (options.patienceMs ?? OPEN_MS);
  for (;;) {
    const opening = openHostShell(connection, options);
    try {
      const shell = await within(clock, until - clock.monotonic(), opening);
      if (shell !== null) return shell;
      closeLate(opening);
      return 'the host opened no second channel';
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const { code } = error.failure;
      const mayEnd = connection.running.some((other) => other !== channel);
      const isOver = over.aborted || clock.monotonic() > until;
      if (code !== 'channel-refused' || !mayEnd || isOver) return refusals(code);
      if (await makeRoom(connection.running, clock)) continue;
    }
    await delay(clock, ROOM_PAUSE_MS);
  }
}

function refusals(code: string): string {
  return code === 'channel-refused'
    ? 'the host allows no second session'
    : 'the host runs no second command';
}

function closeLate(opening: Promise<HostShell>): void {
  opening.then(
    (shell) => shell.close(),
    // It came to nothing, which is as good.
    () => undefined,
  );
}

/** As long as an answer may take. */
const OPEN_MS = 3_000;
const ROOM_PAUSE_MS = 100;
