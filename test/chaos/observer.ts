import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError } from '../../src/model/errors.ts';
import type { Rig } from './rig.ts';

/** Hears of every change of every job (`/v1/events`), from one controller after the other. */
export class Observer {
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  async run(goesOn: () => boolean): Promise<void> {
    const over = new AbortController();
    const listening = this.#listen(over.signal);
    while (goesOn()) await pause(LOOK_MS);
    over.abort();
    await listening;
  }

  async #listen(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#hear(signal);
      } catch (error) {
        if (!(error instanceof ConfigError) || error.code !== 'service') throw error;
      }
      await pause(LOOK_MS);
    }
  }

  async #hear(signal: AbortSignal): Promise<void> {
    const client = await this.#rig.connect();
    if (client === null) return;
    const { history } = this.#rig;
    const stream = history.nextStream();
    try {
      for await (const { jobId: id, parentId, from, to } of client.changes(signal)) {
        history.add({ what: 'change', stream, id, parentId, from, to });
      }
    } finally {
      await client.dispose();
    }
  }
}

const LOOK_MS = 200;
