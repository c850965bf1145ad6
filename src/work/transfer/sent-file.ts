import type { FileSession } from '../../model/ports/files.ts';
import type { PlanEntry } from './local-plan.ts';
import type { Arrival } from './settler.ts';
import type { SharedPlan } from './shared-plan.ts';

/** What the files of one upload have in common. */
export interface Sending {
  readonly session: FileSession;
  readonly plan: SharedPlan;
  /** Temporary files that are on the host now. */
  readonly temporary: Set<string>;
}

/** A file that is on the host as a whole, under its temporary name. */
export class SentFile implements Arrival {
  readonly hostPath: string;
  readonly again: (() => Promise<Arrival>) | null;
  readonly #sending: Sending;
  readonly #entry: PlanEntry;
  readonly #path: string;

  /** `hostPath`: where it is; `path`: where it will be. */
  constructor(
    sending: Sending,
    entry: PlanEntry,
    hostPath: string,
    path: string,
    again: (() => Promise<Arrival>) | null,
  ) {
    this.#sending = sending;
    this.#entry = entry;
    this.hostPath = hostPath;
    this.#path = path;
    this.again = again;
  }

  get what(): string {
    return this.#entry.path;
  }

  get size(): number {
    return this.#entry.size;
  }

  ours(): string | null | Promise<string | null> {
    return this.#sending.plan.digest(this.#entry);
  }

  async isAsLong(): Promise<boolean> {
    return (await this.#sending.session.lstat(this.hostPath)).size === this.size;
  }

  hasChanged(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async place(): Promise<void> {
    await this.#sending.session.rename(this.hostPath, this.#path);
    this.#sending.temporary.delete(this.hostPath);
  }
}
