import { systemClock } from '../../src/base/clock.ts';
import { InProcessController } from '../../src/controller/controller.ts';
import type { JobEvent } from '../../src/model/event.ts';
import type { WorkEnd } from '../../src/model/outcome.ts';
import type { HostedController, JobController } from '../../src/model/ports/controller.ts';
import type { Suspendable, WorkContext, WorkKind } from '../../src/model/ports/work.ts';
import { EVERY_JOB, type JobQuery } from '../../src/model/query.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { eventually } from '../helpers/eventually.ts';
import { FakeTransport } from './fakes.ts';

export type Run = (context: WorkContext) => Promise<WorkEnd>;

/** The controller as those see it whose contract is tested: itself, or a client of it. */
export interface ContractFace {
  readonly controller: JobController;
  /** Lets go of what the face needs; the controller behind it is disposed of by the contract. */
  dispose(): Promise<void>;
}

export type MakeFace = (hosted: HostedController) => Promise<ContractFace>;

export interface Rig {
  readonly controller: JobController;
  readonly hosted: HostedController;
  readonly transport: FakeTransport;
  dispose(): Promise<void>;
}

/** A controller on fakes, whose one kind of work is the test's own function. */
export function hostedOnFakes(run: Run, limit?: number): [HostedController, FakeTransport] {
  const transport = new FakeTransport();
  const hosted = new InProcessController({
    clock: systemClock,
    transport,
    results: createResultStore(),
    kinds: [scriptedKind(run, limit)],
    loginSlots: 64,
    journal: null,
    random: Math.random,
  });
  return [hosted, transport];
}

function scriptedKind(run: Run, limit?: number): WorkKind {
  return {
    kind: 'scripted',
    jobType: 'RemoteJob',
    ...(limit === undefined ? {} : { limit }),
    parse: (spec) => spec,
    describe: ({ command }, item) => {
      const text = typeof command === 'string' ? command : 'scripted';
      return item === null ? text : `${text} ${item}`;
    },
    run: (_spec, context) => run(context),
  };
}

export const succeed: Run = () => Promise.resolve({ kind: 'exit', code: 0 });

/** Work that ends when it is told to. */
export const untilAborted: Run = async (context) => {
  await context.go();
  context.started();
  return aborted(context);
};

export function aborted({ signal }: WorkContext): Promise<WorkEnd> {
  const end: WorkEnd = { kind: 'ended', confirmed: true };
  return new Promise((resolve) => {
    if (signal.aborted) resolve(end);
    signal.addEventListener('abort', () => resolve(end), { once: true });
  });
}

/** Says these lines and succeeds. */
export function speak(...lines: readonly string[]): Run {
  return (context) => {
    for (const line of lines) say(context, `${context.target.name} ${line}\n`);
    return Promise.resolve({ kind: 'exit', code: 0 });
  };
}

export function say(context: WorkContext, text: string): void {
  context.write('output', Buffer.from(text));
}

/** Something that can be suspended, and tells what was done to it. */
export function halting(done: string[], name: string): Suspendable {
  return {
    suspend: () => {
      done.push(`${name} halted`);
      return Promise.resolve(null);
    },
    resume: () => {
      done.push(`${name} goes on`);
      return Promise.resolve(null);
    },
  };
}

/** What a reading gives, as text. */
export async function texts(
  records: AsyncIterable<{ readonly data: Uint8Array }>,
  most: number = Infinity,
): Promise<string[]> {
  const all: string[] = [];
  for await (const { data } of records) {
    all.push(Buffer.from(data).toString().trimEnd());
    if (all.length === most) break;
  }
  return all;
}

/** Every event as a short line. */
export async function lines(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const all: string[] = [];
  for await (const event of events) all.push(lineOf(event));
  return all;
}

export function lineOf(event: JobEvent): string {
  switch (event.event) {
    case 'state':
      return `${event.host ?? 'job'} ${event.from} ${event.to}`;
    case 'record':
      return Buffer.from(event.record.data).toString().trimEnd();
    case 'end':
      return `end ${event.job.state}`;
  }
}

export function query(changes: Partial<JobQuery>): JobQuery {
  return { ...EVERY_JOB, ...changes };
}

export async function ids(
  controller: JobController,
  changes: Partial<JobQuery>,
): Promise<readonly number[]> {
  return (await controller.find(query(changes))).jobs.map(({ id }) => id);
}

/** The states of a job and its children. */
export async function states(controller: JobController, id: number): Promise<readonly string[]> {
  const job = await controller.job(id);
  return [job.state, ...job.children.map(({ state }) => state)];
}

export async function untilStates(
  controller: JobController,
  id: number,
  ...wanted: readonly string[]
): Promise<void> {
  const text = wanted.join(' ');
  await eventually(async () => (await states(controller, id)).join(' ') === text, {
    what: `the states ${text}`,
  });
}
