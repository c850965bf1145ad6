import { delay, type Clock } from '../base/clock.ts';
import type {
  Channel,
  ChannelListener,
  Connection,
  PhaseObserver,
} from '../model/ports/transport.ts';
import type { Access } from '../model/access.ts';
import { FailureError } from '../model/failure.ts';
import type { Target } from '../model/target.ts';
import { exec, type ExecBook } from './channel/exec.ts';
import type { ExecChannel } from './channel/exec-channel.ts';
import type { Link } from './connect/link.ts';
import { poolKey } from './pool-key.ts';
import { Keepalive, type KeepaliveOptions } from './keepalive.ts';

/** Who lends connections out, and takes them back. */
export interface ConnectionOwner {
  released(connection: SshConnection): void;
  /** Contact is over, whoever ended it. Called once. */
  gone(connection: SshConnection): void;
}

export interface ConnectionParts {
  readonly clock: Clock;
  readonly link: Link;
  readonly address: string;
  readonly access: Access;
  readonly keepalive: KeepaliveOptions;
  readonly owner: ConnectionOwner;
}

/** A login that commands can be sent through. It has one holder at a time; between two it is idle. */
export class SshConnection implements Connection, ExecBook {
  readonly #parts: ConnectionParts;
  readonly #keepalive: Keepalive;
  readonly #running: ExecChannel[] = [];
  #target: Target;
  #observer: PhaseObserver;
  #key: string | null = null;
  #isHeld = true;
  #isDoubtful = false;
  #wasUsed = false;

  constructor(parts: ConnectionParts, target: Target, observer: PhaseObserver) {
    this.#parts = parts;
    this.#target = target;
    this.#observer = observer;
    this.#keepalive = new Keepalive(parts.clock, parts.link, parts.keepalive);
    parts.link.onEnd(() => {
      this.#keepalive.stop();
      parts.owner.gone(this);
    });
  }

  get target(): Target {
    return this.#target;
  }

  get address(): string {
    return this.#parts.address;
  }

  /** See poolKey. Made when it is first needed: most connections serve once. */
  get key(): string {
    this.#key ??= poolKey(this.#target, this.#parts.access);
    return this.#key;
  }

  get link(): Link {
    return this.#parts.link;
  }

  /** It has one holder at a time. */
  readonly isShared = false;

  get running(): readonly Channel[] {
    return [...this.#running];
  }

  /** Where lines of the conversation go now; null: nobody listens. */
  get trace(): ((text: string) => void) | null {
    return this.#isHeld ? this.#observer.trace : null;
  }

  /** Whether another holder would find it as good as new. */
  get isReusable(): boolean {
    const { link } = this.#parts;
    return !link.isOver && !this.#isDoubtful && this.#running.length === 0 && link.socket.writable;
  }

  async exec(command: string, listener: ChannelListener): Promise<Channel> {
    const { clock, link } = this.#parts;
    const began = clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const channel = await exec(clock, link, this.#target, command, listener, this);
        this.#observer.phase('open', clock.monotonic() - began, null);
        return channel;
      } catch (error) {
        if (attempt === SLOT_ATTEMPTS || !this.#mayBeSlot(error)) throw error;
        await delay(clock, SLOT_MS);
      }
    }
  }

  /**
   * sshd frees the place of a session (MaxSessions) a moment after it has told us of its end. While none of ours runs,
   * a refusal may mean no more than that.
   */
  #mayBeSlot(error: unknown): boolean {
    if (!(error instanceof FailureError) || error.failure.code !== 'channel-refused') return false;
    return (
      this.#wasUsed && !this.#isDoubtful && this.#running.length === 0 && !this.#parts.link.isOver
    );
  }

  /** It gets a new holder. */
  hold(target: Target, observer: PhaseObserver): void {
    this.#target = target;
    this.#observer = observer;
    this.#isHeld = true;
    this.#parts.link.socket.ref();
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#observer = NOBODY;
    this.#parts.owner.released(this);
  }

  destroy(): void {
    this.#parts.link.destroy();
  }

  sent(channel: ExecChannel): void {
    this.#wasUsed = true;
    this.#running.push(channel);
  }

  readonly reported = (channel: ExecChannel): void => {
    const index = this.#running.indexOf(channel);
    if (index !== -1) this.#running.splice(index, 1);
  };

  unanswered(): void {
    this.#isDoubtful = true;
  }
}

const NOBODY: PhaseObserver = { phase: ignore, trace: null, warning: ignore };

function ignore(): void {}

const SLOT_ATTEMPTS = 5;
const SLOT_MS = 25;
