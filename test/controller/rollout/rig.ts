import { InProcessController } from '../../../src/controller/controller.ts';
import type { JobDefinition } from '../../../src/model/definition.ts';
import type { JobView } from '../../../src/model/job.ts';
import { NO_ROLLOUT, type Amount, type Rollout } from '../../../src/model/rollout.ts';
import { createResultStore } from '../../../src/results/result-store.ts';
import { aborted, type Run } from '../contract-rig.ts';
import { deferred, definition, FakeClock, FakeTransport, scripted, settled } from '../fakes.ts';

/** A controller whose time stands still until it is moved, and whose work ends when the test says so. */
export class RolloutRig {
  readonly clock: FakeClock = new FakeClock();
  readonly transport: FakeTransport = new FakeTransport();
  readonly controller: InProcessController;
  /** Hosts in the order in which their work began. */
  readonly began: string[] = [];
  readonly #ends = new Map<string, (code: number) => void>();
  #id = 0;

  constructor(
    options: {
      readonly random?: () => number;
      readonly loginSlots?: number;
      readonly run?: Run;
    } = {},
  ) {
    this.controller = new InProcessController({
      clock: this.clock,
      transport: this.transport,
      results: createResultStore(),
      kinds: [scripted(options.run ?? ((context) => this.#work(context)))],
      loginSlots: options.loginSlots ?? 64,
      journal: null,
      random: options.random ?? (() => 0.5),
    });
  }

  async start(
    hosts: readonly string[],
    rollout: Partial<Rollout>,
    changes: Partial<JobDefinition> = {},
  ): Promise<number> {
    const made = definition(hosts, changes);
    const access = { ...made.access, prompt: 'when-needed' } as const;
    const view = await this.controller.start({
      ...made,
      access,
      rollout: { ...NO_ROLLOUT, ...rollout },
    });
    this.#id = view.id;
    await this.clock.advance(0);
    return view.id;
  }

  /** Ends the work of these hosts, one after another. */
  async end(hosts: string, code = 0): Promise<void> {
    for (const host of hosts) {
      this.#ends.get(host)?.(code);
      await settled();
    }
  }

  view(): Promise<JobView> {
    return this.controller.job(this.#id);
  }

  /** A letter for each child's state: N for NotStarted, and so on; X: skipped, U: Suspended. */
  async states(): Promise<string> {
    const { children } = await this.view();
    return children
      .map(({ state, failure }) => {
        if (failure?.code === 'skipped') return 'X';
        return state === 'Suspended' ? 'U' : state.charAt(0) + (state === 'Stopped' ? '!' : '');
      })
      .join('');
  }

  #work(context: Parameters<Run>[0]): ReturnType<Run> {
    const { name } = context.target;
    this.began.push(name);
    context.started();
    const ended = deferred<number>();
    this.#ends.set(name, ended.resolve);
    return Promise.race([
      aborted(context),
      ended.promise.then((code) => ({ kind: 'exit', code }) as const),
    ]);
  }
}

export function sizes(...counts: readonly number[]): Amount[] {
  return counts.map((count) => ({ kind: 'count', count }));
}

/** `abc`: three hosts of those names. */
export function hostsOf(letters: string): string[] {
  return letters.split('');
}
