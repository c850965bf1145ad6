import type { JobDefinition } from '../model/definition.ts';
import { ConfigError } from '../model/errors.ts';
import type { RecoveredJob } from '../model/ports/journal.ts';
import type { Transport } from '../model/ports/transport.ts';
import type { WorkKind } from '../model/ports/work.ts';
import { checkDefinition } from './check-definition.ts';
import type { ChildJob } from './child-job.ts';
import { createJob, type CreateParts, type Making } from './create-job.ts';
import { Forgetting } from './forgetting.ts';
import type { Tell } from './given-up.ts';
import { oweRecovered } from './owed.ts';
import type { ParentJob } from './parent-job.ts';
import type { Reacher } from './reach.ts';
import { runChild } from './run-child.ts';
import { Course } from './rollout/course.ts';
import { Routes } from './routes.ts';
import { stopAgain } from './stop.ts';
import { createThrottle, type Throttle } from './throttle.ts';
import { Turns } from './turns.ts';

export interface LauncherParts extends CreateParts {
  readonly transport: Transport;
  /** Logins in flight at once, over all jobs. */
  readonly loginSlots: number;
  readonly random: () => number;
  /** Told of hosts that keep for good what durable work has left. Default: nobody. */
  readonly kept?: Tell;
}

/** What a definition comes to, before anything is made of it. */
export type Plan = Pick<Making, 'definition' | 'kind' | 'spec'>;

/** Makes jobs of definitions, and gives their children their turns. */
export class Launcher {
  readonly #parts: LauncherParts;
  /** What hosts keep of work that has ended. */
  readonly forgetting: Forgetting;
  readonly #reacher: Reacher;
  readonly #kinds = new Map<string, WorkKind>();
  /** Of the kinds that have a limit over all jobs. */
  readonly #limits = new Map<string, Throttle>();
  readonly #courses = new WeakMap<ParentJob, Course>();

  constructor(parts: LauncherParts) {
    this.#parts = parts;
    const { clock, transport, random } = parts;
    this.#reacher = {
      clock,
      transport,
      random,
      logins: createThrottle(parts.loginSlots),
      routes: new Routes(),
    };
    const { journal, kept = () => undefined } = parts;
    this.forgetting = new Forgetting({ reacher: this.#reacher, journal, kept });
  }

  register(kind: WorkKind): void {
    if (this.#kinds.has(kind.kind)) {
      throw new ConfigError('usage', `a kind of work named '${kind.kind}' is there already`);
    }
    this.#kinds.set(kind.kind, kind);
    if (kind.limit !== undefined) this.#limits.set(kind.kind, createThrottle(kind.limit));
  }

  /** Throws ConfigError where the definition is not usable. */
  plan(definition: JobDefinition): Plan {
    checkDefinition(definition);
    const kind = this.#kinds.get(definition.work.kind);
    if (kind === undefined) {
      throw new ConfigError('usage', `no kind of work named '${definition.work.kind}'`);
    }
    const spec = kind.parse(definition.work);
    kind.fits?.(spec, definition.targets);
    if (definition.durable && kind.canBeDurable?.(spec) !== true) {
      throw new ConfigError('usage', `a job of the kind '${kind.kind}' cannot be durable`);
    }
    return { definition, kind, spec };
  }

  prepare({ definition, kind, spec }: Plan): Promise<void> {
    const login = kind.logsIn?.(spec) ?? true;
    return this.#parts.transport.prepare(definition.targets, definition.access, login);
  }

  launch(making: Making): ParentJob {
    const job = createJob(this.#parts, making);
    const { kind, spec, definition, recovered = null } = making;
    if (recovered !== null) oweRecovered(this.forgetting, making, recovered, job.children);
    const { clock, random } = this.#parts;
    const course = new Course({ job, clock, random, add: (child) => turns.add(child) });
    const turns = new Turns({
      fanout: createThrottle(definition.fanout),
      kindLimit: this.#limits.get(kind.kind) ?? null,
      run: (child) =>
        runChild({
          job,
          child,
          kind,
          spec,
          course,
          reacher: this.#reacher,
          forgetting: this.forgetting,
        }),
    });
    job.steer(course);
    this.#courses.set(job, course);
    // A turn of the loop later, so that whoever awaits the start can follow the job from its very start.
    clock.after(0, () => course.begin());
    const lost = job.children.filter(({ state }) => state === 'Disconnected');
    // Those first whose command may run: what the others wrote can wait.
    for (const child of lost) if (child.known === null) turns.add(child);
    for (const child of lost) if (child.known !== null) turns.add(child);
    if (recovered !== null) stopAgain(lost, recovered);
    return job;
  }

  /** What hosts keep of a job of an earlier controller that was removed. */
  forget(plan: Plan, recovered: RecoveredJob): void {
    oweRecovered(this.forgetting, plan, recovered, null);
  }

  /** It waits for its turn again, if that has come and gone meanwhile. */
  requeue(job: ParentJob, child: ChildJob): void {
    this.#courses.get(job)?.requeue(child);
  }
}
