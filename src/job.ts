import type { JobEvent } from './model/event.ts';
import type { JobView } from './model/job.ts';
import type {
  FollowOptions,
  HostResult,
  JobController,
  Received,
  RemoveOptions,
  WaitOptions,
} from './model/ports/controller.ts';
import type { ReceiveOptions } from './model/query.ts';

/** One parent job of a controller. */
export class Job {
  readonly id: number;
  readonly #controller: JobController;
  /** What its reruns log in with. */
  readonly #agent: string | null;

  constructor(controller: JobController, id: number, agent: string | null) {
    this.#controller = controller;
    this.id = id;
    this.#agent = agent;
  }

  /** The job and its children as they are now. */
  view(): Promise<JobView> {
    return this.#controller.job(this.id);
  }

  /** Every event in order, `end` last. Records taken here are freed, and a slow reader slows the hosts down. */
  events(options?: FollowOptions): AsyncIterable<JobEvent> {
    return this.#controller.follow(this.id, options);
  }

  /** The records as they come, of all hosts, until the job ends. Taken records are freed. */
  async *records(options?: FollowOptions): AsyncGenerator<Received, void> {
    for await (const event of this.events(options)) {
      if (event.event === 'record') {
        yield { ...event.record, host: event.host, childId: event.jobId };
      }
    }
  }

  /** What is unread now, children in target order. */
  receive(options?: ReceiveOptions): AsyncIterable<Received> {
    return this.#controller.receive(this.id, options);
  }

  /**
   * Resolves when the job is finished, Suspended or Disconnected, or Blocked: look at `state`. A failed job resolves too.
   * With `until: 'finished'` only finished and Blocked ones do.
   */
  wait(options: WaitOptions | AbortSignal = {}): Promise<JobView> {
    const given = options instanceof AbortSignal ? { signal: options } : options;
    return this.#controller.wait(this.id, given);
  }

  /** Stops the job; resolves when it is finished. */
  stop(): Promise<void> {
    return this.#controller.stop(this.id, 'the program');
  }

  /** Halts what runs, and holds back what is queued. Throws ConfigError `job-state` where a host's part cannot be halted. */
  suspend(): Promise<void> {
    return this.#controller.suspend(this.id);
  }

  resume(): Promise<void> {
    return this.#controller.resume(this.id);
  }

  /** Answers a question that a child of this job asks (`ChildView.question`). */
  answer(questionId: string, text: string): Promise<void> {
    return this.#controller.answer(this.id, questionId, text);
  }

  /** Runs the work of this finished job again, on those hosts; default: on all where it was not completed. */
  async rerun(hosts: readonly HostResult[] = NOT_COMPLETED): Promise<Job> {
    const view = await this.#controller.rerun({ id: this.id, hosts, agent: this.#agent });
    return new Job(this.#controller, view.id, this.#agent);
  }

  /** Forgets the finished job and its results; `force` stops it first. */
  remove(options?: RemoveOptions): Promise<void> {
    return this.#controller.remove(this.id, options);
  }
}

const NOT_COMPLETED: readonly HostResult[] = ['failed', 'unreachable', 'stopped', 'never-started'];
