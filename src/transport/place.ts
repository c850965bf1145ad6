import type { FileSession } from '../model/ports/files.ts';
import type {
  Channel,
  ChannelListener,
  Connection,
  ConnectRequest,
  ExecOptions,
  PhaseObserver,
  SharedConnection,
} from '../model/ports/transport.ts';
import type { FailureError } from '../model/failure.ts';
import type { Target } from '../model/target.ts';
import type { ExecBook } from './channel/exec.ts';
import type { ExecChannel } from './channel/exec-channel.ts';
import type { Link } from './connect/link.ts';
import { endpoint, fail } from './failures.ts';
import type { Carried } from './jumps/carried.ts';

/** The connection, as its places know it. */
export interface Shared extends SharedConnection {
  readonly link: Link;
  readonly address: string;
  readonly isSilent: boolean;
  /** What goes over it to other hosts. */
  readonly carried: Carried;
  /** How many hold a place now. */
  readonly holders: number;
  readonly running: readonly Channel[];
  exec(
    place: Place,
    command: string,
    listener: ChannelListener,
    options?: ExecOptions,
  ): Promise<Channel>;
  sftp(place: Place): Promise<FileSession>;
  limit(places: number): void;
  wake(change: 1 | -1): void;
  sent(channel: ExecChannel): void;
  reported(channel: ExecChannel): void;
  /** No new holders. */
  retire(): void;
  letGo(place: Place): void;
  destroy(): void;
}

/** One holder's place on a connection. */
export class Place implements Connection, ExecBook {
  readonly target: Target;
  readonly observer: PhaseObserver;
  readonly isKept: boolean;
  readonly connection: Shared;
  /** This holder's commands that have not reported their end. */
  readonly #running = new Set<ExecChannel>();
  #isReleased = false;
  #isAwake = true;

  constructor(
    connection: Shared,
    { target, observer }: Pick<ConnectRequest, 'target' | 'observer'>,
    isKept: boolean,
  ) {
    this.isKept = isKept;
    this.connection = connection;
    this.target = target;
    this.observer = observer;
  }

  get address(): string {
    return this.connection.address;
  }

  get shared(): SharedConnection {
    return this.connection;
  }

  get isShared(): boolean {
    return this.connection.holders > 1;
  }

  get running(): readonly Channel[] {
    return this.connection.running;
  }

  exec(command: string, listener: ChannelListener, options?: ExecOptions): Promise<Channel> {
    if (!this.#isReleased) return this.connection.exec(this, command, listener, options);
    return Promise.reject(this.#givenBack());
  }

  sftp(): Promise<FileSession> {
    return this.#isReleased ? Promise.reject(this.#givenBack()) : this.connection.sftp(this);
  }

  /** Whether the process has to stay for this holder. */
  get isAwake(): boolean {
    return this.#isAwake;
  }

  setAwake(isAwake: boolean): void {
    if (this.#isReleased || isAwake === this.#isAwake) return;
    this.#isAwake = isAwake;
    this.connection.wake(isAwake ? 1 : -1);
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    // A command that is left behind would be taken for one of the next holder's.
    if (this.#running.size > 0) this.connection.retire();
    const isLast = !this.isShared;
    for (const channel of isLast ? [] : this.#running) channel.close();
    this.connection.letGo(this);
  }

  destroy(): void {
    if (this.#isReleased) return;
    if (this.isShared) {
      // The others' work is not to be cut.
      this.connection.retire();
      this.release();
    } else {
      this.connection.destroy();
    }
  }

  sent(channel: ExecChannel): void {
    this.#running.add(channel);
    this.connection.sent(channel);
  }

  readonly reported = (channel: ExecChannel): void => {
    this.#running.delete(channel);
    this.connection.reported(channel);
  };

  readonly noTerminal = (): void => {
    this.observer.warning('the host gave no terminal');
  };

  unanswered(): void {
    this.connection.retire();
  }

  #givenBack(): FailureError {
    const where = endpoint(this.target);
    return fail('channel-refused', `the connection to ${where} was given back; nothing was sent`);
  }
}
