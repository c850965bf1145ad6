import { delay } from '../../base/clock.ts';
import { safeLine } from '../../base/safe-text.ts';
import { FailureError } from '../../model/failure.ts';
import type { WorkEnd } from '../../model/outcome.ts';
import type { Connection } from '../../model/ports/transport.ts';
import type { WorkContext } from '../../model/ports/work.ts';
import { endingOf, doubt, type Ending } from '../stop/ending.ts';
import { within } from '../stop/patience.ts';
import { borrowShell } from '../stop/shared-shell.ts';
import { askHost } from './ask-host.ts';
import { findProgram, lookProgram, traitOf } from './programs.ts';
import { NONE } from './session-end.ts';

export interface Wanted {
  /** It is known that it has. */
  readonly hasBegun: boolean;
  /** The host says that it has. */
  readonly began: () => void;
  /** Gives up the session that follows it. */
  readonly letGo: () => void;
}

/**
 * Ends a durable command with all that descends from it, wherever its connection is by now; confirmed where the host
 * looked, and nothing is left. One that has not begun begins no more.
 */
export async function endDurable(context: WorkContext, wanted: Wanted): Promise<WorkEnd> {
  const connection = await context.connectToEnd(REACH_MS);
  const ending = connection === null ? UNREACHED : await end(connection, context, wanted);
  const { confirmed, note } = ending;
  return { kind: 'ended', confirmed, ...(note === null ? {} : { note: safeLine(note) }) };
}

async function end(connection: Connection, context: WorkContext, wanted: Wanted): Promise<Ending> {
  try {
    const { clock, graceMs } = context;
    const ended = await within(
      clock,
      graceMs + BOUND_MS,
      climbWithRoom(connection, context, wanted),
    );
    return ended ?? doubt('the host took too long');
  } catch (error) {
    if (error instanceof FailureError) return doubt(error.failure.message);
    throw error;
  }
}

/** Servers allow a connection only so many sessions (sshd: MaxSessions), and the one that follows the command is one. */
async function climbWithRoom(
  first: Connection,
  context: WorkContext,
  wanted: Wanted,
): Promise<Ending> {
  let connection = first;
  for (let tries = 1; ; tries += 1) {
    try {
      return await climb(connection, context, wanted);
    } catch (error) {
      const isFull = error instanceof FailureError && error.failure.code === 'channel-refused';
      if (!isFull || tries === MOST_TRIES) throw error;
    }
    if (connection === first) {
      // It holds its session on the host for as long as the command runs.
      wanted.letGo();
      if (!first.isShared) first.destroy();
      const another = await context.connectToEnd(REACH_MS, first);
      if (another === null) return UNREACHED;
      connection = another;
    } else await delay(context.clock, ROOM_PAUSE_MS);
  }
}

async function climb(
  connection: Connection,
  context: WorkContext,
  { hasBegun, began }: Wanted,
): Promise<Ending> {
  const { clock, become, instanceId, graceMs } = context;
  const program = hasBegun ? lookProgram(instanceId) : findProgram(instanceId);
  const answer = await askHost(program, { clock, connection, become });
  const found = /^(never|none|over|alive (\d{1,10}) (\d{1,15}|-))\n$/u.exec(answer?.text ?? '');
  if (found === null) return doubt('the host did not say where the command is');
  const [, what, pid, start] = found;
  if (what === 'none') return doubt(NONE);
  if (what === 'never') return { confirmed: true, note: null };
  began();
  if (what === 'over') return { confirmed: true, note: null };
  const isRoot = connection.target.user === 'root';
  const lease = await borrowShell(connection, { clock, become: isRoot ? null : become });
  try {
    const order = `end ${pid} ${start} ${traitOf(instanceId)} ${Math.round(graceMs)}`;
    return endingOf(await lease.shell.order(order));
  } finally {
    await lease.release();
  }
}

const UNREACHED = doubt('the host was not reached, and its command may still run there');
/** For a connection, where there is none. */
const REACH_MS = 10_000;
/** For the session of who was asked last to be free again. */
const ROOM_PAUSE_MS = 50;
const MOST_TRIES = 20;
/** Beyond the grace time. */
const BOUND_MS = 12_000;
