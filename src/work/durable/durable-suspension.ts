import { FailureError } from '../../model/failure.ts';
import type { Suspendable, WorkContext } from '../../model/ports/work.ts';
import type { RemoteCommand } from '../remote-command.ts';
import { processes } from '../stop/ending.ts';
import { openBeside } from '../stop/open-beside.ts';
import { within } from '../stop/patience.ts';
import { askHost } from './ask-host.ts';
import { lookProgram, traitOf } from './programs.ts';
import { NONE } from './session-end.ts';

/**
 * Halts a durable command with its supervisor and all that descends from it, and lets it go on. Nobody watches over it
 * meanwhile: it stays halted when the connection is lost, and when the controller ends, as it would have gone on.
 */
export class DurableSuspension implements Suspendable {
  readonly #context: WorkContext;
  /** The session that follows it; null: there is none. */
  readonly #session: () => RemoteCommand | null;
  /** As the script on the host knows what is halted; null: nothing is. */
  #halted: string | null = null;
  #isOver = false;

  constructor(context: WorkContext, session: () => RemoteCommand | null) {
    this.#context = context;
    this.#session = session;
  }

  suspend(): Promise<string | null> {
    return this.#bounded('hold');
  }

  resume(): Promise<string | null> {
    return this.#bounded('free');
  }

  /** The command has ended, and may have been halted right behind that: what is left of it goes on. `command`: its last session. */
  async letGo(command: RemoteCommand | null): Promise<void> {
    this.#isOver = true;
    const at = this.#halted;
    this.#halted = null;
    if (at === null || command === null) return;
    const over = new AbortController();
    await within(this.#context.clock, BOUND_MS, this.#free(at, command, over.signal));
    over.abort();
  }

  async #bounded(verb: 'hold' | 'free'): Promise<string | null> {
    const command = this.#session();
    if (command === null) return 'contact with it was lost';
    const over = new AbortController();
    const acted = this.#order(verb, command, over.signal).then((why) => ({ why }));
    const result = await within(this.#context.clock, BOUND_MS, acted);
    if (result === null) over.abort();
    return result === null ? 'the host took too long' : result.why;
  }

  async #order(
    verb: 'hold' | 'free',
    command: RemoteCommand,
    over: AbortSignal,
  ): Promise<string | null> {
    const aim = await this.#aim(command);
    // Null: its end is on its way.
    if (aim === null || 'why' in aim) return aim?.why ?? null;
    const { clock } = this.#context;
    const lease = await openBeside(command, { clock, patienceMs: ROOM_MS }, over);
    if (typeof lease === 'string') return lease;
    try {
      const [word, ...awake] = await lease.shell.order(`${verb} ${aim.at}`);
      // What is halted too late is not to stay so.
      const isLate = over.aborted || this.#isOver;
      if (word === 'halted' && isLate) await lease.shell.order(`free ${aim.at}`);
      this.#halted = word === 'halted' && !isLate ? aim.at : null;
      if (word === 'halted' || word === 'freed' || word === 'over') return null;
      if (word !== 'awake') return 'the host did not say how it went';
      return `${processes(Math.max(1, awake.length))} could not be halted`;
    } finally {
      void lease.release();
    }
  }

  async #free(at: string, command: RemoteCommand, over: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const lease = await openBeside(command, { clock, patienceMs: ROOM_MS }, over);
    // The host cannot be reached any more, or has no room.
    if (typeof lease === 'string') return;
    await lease.shell.order(`free ${at}`);
    await lease.release();
  }

  /** What the script needs to know of it. */
  async #aim({
    connection,
  }: RemoteCommand): Promise<{ readonly at: string } | { readonly why: string } | null> {
    const { clock, become, instanceId } = this.#context;
    try {
      const answer = await askHost(lookProgram(instanceId), { clock, connection, become });
      const found = /^(over|none|alive (\d{1,10}) (\d{1,15}|-))\n$/u.exec(answer?.text ?? '');
      if (found === null) return { why: 'the host did not say where the command is' };
      const [, what, pid, start] = found;
      if (what === 'none') return { why: NONE };
      return what === 'over' ? null : { at: `${pid} ${start} ${traitOf(instanceId)}` };
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      const { code, message } = error.failure;
      return { why: code === 'channel-refused' ? 'the host allows no second session' : message };
    }
  }
}

/** For the whole of it, whatever the host does. */
const BOUND_MS = 10_000;
/** Where many commands of one connection are suspended, each takes its turn. */
const ROOM_MS = 8_000;
