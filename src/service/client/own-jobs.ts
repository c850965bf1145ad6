import type { JobDefinition } from '../../model/definition.ts';
import { ConfigError } from '../../model/errors.ts';
import type { JobEvent } from '../../model/event.ts';
import type { JobView } from '../../model/job.ts';
import type { StartOptions } from '../../model/ports/controller.ts';
import { CLIENT_GONE } from '../wire/protocol.ts';
import { jobFrom, type WireJob } from '../wire/times.ts';
import { decodeJob } from './decode.ts';
import { FrameStream } from './frame-stream.ts';
import { OwnedEvents } from './owned-events.ts';
import { answerOf, wentAway, type Requests } from './requests.ts';
import { requestStart } from './starting.ts';
import { Upload } from './upload.ts';

/** What this client has started and has to see to: jobs that end with it, and input on its way. */
export class OwnJobs {
  readonly #requests: Requests;
  readonly #owned = new Map<number, OwnedEvents>();
  /** Those of them whose events nobody has asked for yet. */
  readonly #untaken = new Set<number>();
  readonly #uploads = new Map<Upload, { readonly owned: boolean }>();
  readonly #forgetSignals = new AbortController();

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async start(definition: JobDefinition, options: StartOptions): Promise<JobView> {
    const { owned = false, signal } = options;
    const { response, inputId } = await requestStart(this.#requests, definition, options);
    const job = owned
      ? await this.#own(new FrameStream(response))
      : jobFrom(await answerOf<WireJob>(response));
    if (definition.input?.kind === 'stream') {
      this.#upload(new Upload(this.#requests, inputId, definition.input.open), owned);
    }
    if (signal !== undefined) this.#stopOnAbort(job.id, signal);
    return job;
  }

  /** The events of an owned job, once; null: it is none, or they were taken. */
  take(id: number, signal: AbortSignal | undefined): AsyncIterable<JobEvent> | null {
    const events = this.#owned.get(id);
    if (events === undefined || !this.#untaken.delete(id)) return null;
    const close = (): void => void events.return();
    signal?.addEventListener('abort', close, { once: true, signal: this.#forgetSignals.signal });
    if (signal?.aborted === true) close();
    return events;
  }

  /** Jobs that are owned are stopped; input of the others is sent to its end first. */
  async dispose(): Promise<void> {
    this.#forgetSignals.abort();
    const open = [...this.#owned].filter(([, events]) => !events.isOver);
    for (const [, events] of this.#owned) await events.return();
    for (const [upload, { owned }] of this.#uploads) if (owned) upload.stop();
    const kept = [...this.#uploads].filter(([, { owned }]) => !owned);
    await Promise.all([
      ...open.map(([id]) => this.#stop(id, CLIENT_GONE)),
      ...kept.map(([upload]) => upload.done),
    ]);
  }

  async #own(stream: FrameStream): Promise<JobView> {
    const first = await stream.next();
    if (first === null) throw wentAway(new Error('no job came'));
    const job = decodeJob(first);
    this.#owned.set(job.id, new OwnedEvents(stream));
    this.#untaken.add(job.id);
    return job;
  }

  #upload(upload: Upload, owned: boolean): void {
    this.#uploads.set(upload, { owned });
    upload.done.then(
      () => this.#uploads.delete(upload),
      // One that failed stays, so that `dispose` tells of it.
      () => undefined,
    );
  }

  #stopOnAbort(id: number, signal: AbortSignal): void {
    const abort = (): void => void this.#stop(id, 'its AbortSignal');
    if (signal.aborted) abort();
    const { signal: forget } = this.#forgetSignals;
    signal.addEventListener('abort', abort, { once: true, signal: forget });
  }

  async #stop(id: number, by: string): Promise<void> {
    try {
      await this.#requests.call('POST', `/v1/jobs/${id}/stop`, { body: { by } });
    } catch (error) {
      // It has ended, or its controller has: either way nothing of it runs on for us.
      if (error instanceof ConfigError && ENDED.has(error.code)) return;
      throw error;
    }
  }
}

const ENDED: ReadonlySet<string> = new Set(['no-such-job', 'service']);
