import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobDefinition, JobInput } from '../../src/model/definition.ts';
import type { ChildView } from '../../src/model/job.ts';
import type { HostedController } from '../../src/model/ports/controller.ts';
import { createController } from '../../src/wiring.ts';
import { definition } from '../controller/fakes.ts';
import { toxicProxy, type Direction, type ToxicProxy } from '../fixtures/toxic-proxy.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

let fleet: Fleet;
let controller: HostedController;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1, config: ['MaxStartups 200', 'MaxSessions 10'] });
});
beforeEach(() => {
  controller = watched(createController({ keepMs: 0 }));
});
afterEach(() => controller.dispose());
afterAll(() => fleet.stop());

const INPUT = Buffer.alloc(100_000, 'input ');
const input: JobInput = {
  kind: 'stream',
  open: async function* () {
    yield await Promise.resolve(INPUT);
  },
};

/** Each through a proxy of its own, which the command is told, so that it can be counted. */
function jobOn(proxies: readonly ToxicProxy[], begun: string): JobDefinition {
  return definition([], {
    durable: true,
    input,
    targets: proxies.map(({ address, port }) => fleet.target(`p${port}`, { address, port })),
    access: fleet.access({ hostKeys: 'off' }),
    work: {
      kind: 'command',
      command: `echo x >>${begun}.{host}; cat | wc -c; echo err >&2; exit 5`,
      markers: false,
      records: false,
      template: true,
    },
  });
}

async function run(proxies: readonly ToxicProxy[], name: string): Promise<readonly ChildView[]> {
  const { id } = await controller.start(jobOn(proxies, join(fleet.folder, name)));
  const job = await controller.wait(id, { until: 'finished' });
  return job.children;
}

function begins(name: string, host: string): number {
  try {
    return readFileSync(join(fleet.folder, `${name}.${host}`), 'utf8').split('\n').length - 1;
  } catch {
    // It never began.
    return 0;
  }
}

async function output(child: ChildView): Promise<string> {
  const texts: string[] = [];
  for await (const { data, stream } of controller.receive(child.id)) {
    texts.push(`${stream} ${Buffer.from(data).toString().trim()}`);
  }
  return texts.toSorted().join(', ');
}

describe('a way that is cut while a durable command is begun over it', { timeout: 60_000 }, () => {
  test.each(['up', 'down'] as const)(
    'after any number of bytes %s',
    async (direction: Direction) => {
      const behind = { address: fleet.addresses(1)[0] ?? '', port: fleet.port };
      const make = (): Promise<ToxicProxy> => toxicProxy({ address: '127.0.0.1', port: 0 }, behind);
      const whole = await make();
      const proxies: ToxicProxy[] = [whole];
      try {
        const [clean] = await run(proxies, `clean-${direction}`);
        expect(clean).toMatchObject({ exitCode: 5, attempts: 1 });
        const all = whole.passed(direction);
        const cut = await Promise.all(
          Array.from({ length: CUTS }, async (_, index) => {
            const proxy = await make();
            proxies.push(proxy);
            // The first connection only; what a further one says is more than that.
            proxy.poison(
              { limitData: Math.floor((all * (index + Math.random())) / CUTS), once: true },
              direction,
            );
            return proxy;
          }),
        );
        const children = await run(cut, `cut-${direction}`);
        for (const child of children) {
          const count = begins(`cut-${direction}`, child.host);
          // Whoever is cut off is told so at once, and waits for no limit.
          expect(child.durationMs).toBeLessThan(20_000);
          const what = `${child.host}: ${count} ${JSON.stringify(child)}`;
          if (child.failure?.mayHaveRun === false) {
            // Before it was sent.
            expect(count, what).toBe(0);
            continue;
          }
          expect(count, what).toBe(1);
          expect(child, what).toMatchObject({ exitCode: 5, state: 'Failed' });
          expect(await output(child), what).toBe(`error err, output ${INPUT.length}`);
        }
        const again = children.filter(({ attempts, exitCode }) => attempts > 1 && exitCode === 5);
        expect(again.length).toBeGreaterThan(3);
      } finally {
        for (const proxy of proxies) await proxy.stop();
      }
    },
  );
});

const CUTS = 30;
