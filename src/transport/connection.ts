import { delay, type Clock } from '../base/clock.ts';
import { FailureError } from '../model/failure.ts';
import type { FileSession } from '../model/ports/files.ts';
import type {
  Channel,
  ChannelListener,
  Connection,
  ConnectRequest,
  ExecOptions,
  PhaseObserver,
} from '../model/ports/transport.ts';
import { exec } from './channel/exec.ts';
import type { ExecChannel } from './channel/exec-channel.ts';
import type { Link } from './connect/link.ts';
import type { ExecRequest } from './exec-request.ts';
import { endpoint } from './failures.ts';
import { Carried } from './jumps/carried.ts';
import { Keepalive, type KeepaliveOptions } from './keepalive.ts';
import { Place, type Shared } from './place.ts';
import { startSftp } from './sftp/start.ts';

/** Who lends places out, and is told of their end. */
export interface ConnectionOwner {
  /** A place was given back; `holders` says how many are left. */
  released(connection: SshConnection): void;
  /** Contact is over, whoever ended it. Called once. */
  gone(connection: SshConnection): void;
}

export interface ConnectionParts {
  readonly clock: Clock;
  readonly link: Link;
  readonly address: string;
  /** See poolKey. */
  readonly key: string;
  /** Places it begins with. */
  readonly places: number;
  readonly keepalive: KeepaliveOptions;
  readonly owner: ConnectionOwner;
}

/** A login that commands can be sent through, by as many holders at once as it has places. */
export class SshConnection implements Shared {
  readonly key: string;
  readonly link: Link;
  readonly address: string;
  readonly carried: Carried = new Carried();
  readonly #clock: Clock;
  readonly #owner: ConnectionOwner;
  readonly #keepalive: Keepalive;
  readonly #holders: Place[] = [];
  readonly #running: ExecChannel[] = [];
  #places: number;
  /** Holders for whom the process has to stay. */
  #awake = 0;
  #wasHeld = false;
  #isRetired = false;
  #keepMs = 0;
  /** When a place was last given back, and a command last ended. */
  #freedAt = 0;
  #endedAt = -Infinity;

  constructor({ clock, link, address, key, places, keepalive, owner }: ConnectionParts) {
    this.key = key;
    this.link = link;
    this.address = address;
    this.#clock = clock;
    this.#owner = owner;
    this.#places = places;
    this.#keepalive = new Keepalive(clock, link, keepalive);
    link.onEnd(() => {
      this.#keepalive.stop();
      this.carried.end();
      owner.gone(this);
    });
  }

  /** How many hold a place now. */
  get holders(): number {
    return this.#holders.length;
  }

  /** How many may. */
  get places(): number {
    return this.#places;
  }

  get freedAt(): number {
    return this.#freedAt;
  }

  /** How long it is kept idle: the longest that any of its holders has asked for. */
  get keepMs(): number {
    return this.#keepMs;
  }

  /** Whether another holder would find it as good as new. */
  get hasRoom(): boolean {
    const { isOver, socket } = this.link;
    return !isOver && !this.#isRetired && this.#holders.length < this.#places && socket.writable;
  }

  /** Whether its server has left a question unanswered for a while. */
  get isSilent(): boolean {
    return this.#keepalive.unanswered > 1;
  }

  get running(): readonly Channel[] {
    return [...this.#running];
  }

  /** A line of the conversation, for those holders who listen. */
  trace(text: string): void {
    for (const { observer } of this.#holders) observer.trace?.(text);
  }

  /** It gets a further holder. */
  hold(request: ConnectRequest, keepMs: number): Place {
    const place = new Place(this, request, this.#wasHeld);
    this.#wasHeld = true;
    this.#holders.push(place);
    this.#keepMs = Math.max(this.#keepMs, keepMs);
    this.wake(1);
    return place;
  }

  /** It counts among the holders, so that the connection is neither idle nor filled up while it is used. */
  beside({ target }: Connection): Connection {
    const place = new Place(this, { target, observer: NOBODY }, true);
    this.#holders.push(place);
    this.wake(1);
    return place;
  }

  /** One holder more or less for whom the process has to stay. */
  wake(change: 1 | -1): void {
    this.#awake += change;
    if (this.#awake === 0) this.link.socket.unref();
    else if (this.#awake === 1 && change === 1) this.link.socket.ref();
  }

  /** Its server has been seen to allow so many; Infinity: it sets no limit. */
  limit(places: number): void {
    this.#places = places;
  }

  /** No new holders: something on it is no longer as it should be. */
  retire(): void {
    this.#isRetired = true;
  }

  letGo(place: Place): void {
    const index = this.#holders.indexOf(place);
    if (index === -1) return;
    this.#holders.splice(index, 1);
    if (place.isAwake) this.#awake -= 1;
    if (this.#awake === 0 && this.holders > 0) this.link.socket.unref();
    this.#freedAt = this.#clock.monotonic();
    this.#owner.released(this);
  }

  destroy(): void {
    this.link.destroy();
  }

  exec(
    place: Place,
    command: string,
    listener: ChannelListener,
    options: ExecOptions = {},
  ): Promise<Channel> {
    const { input, env = {}, tty = null, forwardAgent = false } = options;
    const request: ExecRequest = { command, hasInput: input !== 'none', env, tty, forwardAgent };
    return this.#open(place, request, listener);
  }

  sftp(place: Place): Promise<FileSession> {
    return startSftp(this.#clock, endpoint(place.target), (listener) =>
      this.#open(place, SFTP, listener),
    );
  }

  async #open(place: Place, request: ExecRequest, listener: ChannelListener): Promise<Channel> {
    const began = this.#clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const channel = await exec(this.#clock, this.link, place.target, request, listener, place);
        place.observer.phase('open', this.#clock.monotonic() - began, null);
        return channel;
      } catch (error) {
        if (!isRefused(error) || this.link.isOver || this.#isRetired) throw error;
        if (attempt === SLOT_ATTEMPTS || !this.#mayBeSlot()) {
          this.#places = Math.max(1, Math.min(this.#places, this.#running.length - SPARE));
          throw error;
        }
        await delay(this.#clock, SLOT_MS);
      }
    }
  }

  sent(channel: ExecChannel): void {
    this.#running.push(channel);
  }

  reported(channel: ExecChannel): void {
    const index = this.#running.indexOf(channel);
    if (index === -1) return;
    this.#running.splice(index, 1);
    this.#endedAt = this.#clock.monotonic();
  }

  /**
   * sshd frees the place of a session (MaxSessions) a moment after it has told us of its end: soon after one, or while
   * none of ours runs, a refusal may mean no more than that.
   */
  #mayBeSlot(): boolean {
    if (this.#endedAt === -Infinity) return false;
    return this.#running.length === 0 || this.#clock.monotonic() - this.#endedAt < SLOT_LAG_MS;
  }
}

/** Its process on the host counts among the commands: a stop has to tell them apart. */
const SFTP: ExecRequest = {
  command: 'sftp',
  isSubsystem: true,
  hasInput: true,
  env: {},
  tty: null,
  forwardAgent: false,
};

function isRefused(error: unknown): boolean {
  return error instanceof FailureError && error.failure.code === 'channel-refused';
}

const NOBODY: PhaseObserver = { phase: () => undefined, trace: null, warning: () => undefined };
/** sshd's default (MaxSessions in sshd_config(5)) is ten sessions. One is kept free, so that a stop finds a place. */
const SPARE = 1;
export const MOST_PLACES: number = 10 - SPARE;
const SLOT_ATTEMPTS = 5;
const SLOT_MS = 25;
/** From the end of a command to the end of its session on a busy host. */
const SLOT_LAG_MS = 200;
