import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { InProcessController } from '../../src/controller/controller.ts';
import { createResultStore } from '../../src/results/result-store.ts';
import { definition, failure, FakeTransport, scripted } from '../controller/fakes.ts';
import { namespacesAllowed, startNamespace } from '../helpers/network-namespace.ts';
import { expectOnlyBFailed, startAbc } from './abc.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

if (namespacesAllowed()) {
  test('F03 unreachable: no route to the host, in a network namespace', async () => {
    const network = await startNamespace();
    try {
      const abc = await startAbc({ through: network.enter });
      try {
        network.makeUnreachable(abc.b.address);
        const row = await abc.run('echo fine', { flags: ['-f', '1'] });
        expectOnlyBFailed(row, {
          phase: 'connect',
          code: 'unreachable',
          mayHaveRun: false,
          exit: 4,
          says: [/no route/iu, new RegExp(abc.b.address, 'u')],
        });
        expect(row.b.durationMs).toBeLessThan(500);
        expect(row.b.attempts).toBe(1);
      } finally {
        await abc.stop();
      }
    } finally {
      await network.stop();
    }
  });
} else {
  test('F03 unreachable: by a fake transport, for this machine allows no network namespace', async () => {
    const transport = new FakeTransport((request) => {
      if (request.target.name !== 'b') return Promise.resolve(transport.connection(request.target));
      return Promise.reject(failure('unreachable', 'no route to b port 22'));
    });
    const controller = watched(
      new InProcessController({
        clock: systemClock,
        transport,
        results: createResultStore(),
        kinds: [
          scripted(async (context) => {
            await context.connect();
            return { kind: 'exit', code: 0 };
          }),
        ],
        loginSlots: 64,
        journal: null,
        random: Math.random,
      }),
    );
    const { id } = await controller.start(definition(['a', 'b', 'c'], { fanout: 1 }));
    const job = await controller.wait(id);
    expect(job.state).toBe('Failed');
    expect(job.children.map(({ state }) => state)).toEqual(['Completed', 'Failed', 'Completed']);
    expect(job.children[1]?.failure).toMatchObject({ phase: 'connect', mayHaveRun: false });
    await controller.dispose();
  });
}
