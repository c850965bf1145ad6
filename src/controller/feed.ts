import type { EndEvent, StateEvent } from '../model/event.ts';
import type { ReceiveOptions } from '../model/query.ts';
import type { OutputRecord } from '../model/record.ts';
import type { ChildJob } from './child-job.ts';
import { Follower } from './follower.ts';
import { LogReaders } from './log-readers.ts';

/** Gives what happens in one job to those who follow it, and tells hosts to wait for those who fall behind. */
export class Feed {
  readonly #followers = new Set<Follower>();
  readonly #listeners = new Set<(pause: boolean) => void>();
  #isPressed = false;

  /** Events need to be made only where somebody takes them. */
  get isFollowed(): boolean {
    return this.#followers.size > 0;
  }

  emit(event: StateEvent | EndEvent): void {
    for (const follower of this.#followers) follower.push(event);
  }

  record(child: ChildJob, record: OutputRecord): void {
    for (const follower of this.#followers) follower.record(child, record);
  }

  /** Some of the child's records are there to be taken again. */
  givenBack(child: ChildJob): void {
    for (const follower of this.#followers) follower.lookAgain(child);
  }

  /** A new follower, of the records of these children. It is told nothing of what was before. */
  open(children: readonly ChildJob[], options: ReceiveOptions): Follower {
    const { keep = false, streams = null, hosts = null } = options;
    const names = hosts === null ? null : new Set(hosts);
    const wanted = new Set(
      children.filter(({ identity }) => names === null || names.has(identity.target.name)),
    );
    const follower = new Follower({
      readers: new LogReaders({ keep, streams }, (child) => this.givenBack(child)),
      children: wanted,
      streams: streams === null ? null : new Set(streams),
      pressure: () => this.#weigh(),
      closed: (gone) => {
        this.#followers.delete(gone);
        this.#weigh();
      },
    });
    this.#followers.add(follower);
    return follower;
  }

  /** Told when followers fall behind, and when they have caught up. Returns how to stop listening. */
  onPressure(listener: (pause: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.#isPressed) listener(true);
    return () => this.#listeners.delete(listener);
  }

  #weigh(): void {
    const isPressed = [...this.#followers].some((follower) => follower.isPressed);
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    // Who may go on may have so much at hand that all have to wait again: then those behind it are told of that alone.
    for (const listener of this.#listeners) listener(this.#isPressed);
  }
}
