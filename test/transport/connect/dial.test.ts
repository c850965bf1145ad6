import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Attempt } from '../../../src/transport/connect/attempt.ts';
import { dial } from '../../../src/transport/connect/dial.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { fullBacklog } from '../../fixtures/hosts/full-backlog.ts';
import { failureOf, request, started } from './reach.ts';

const fleet = await fleetForFile({ hosts: 1 });
const [host = ''] = fleet.addresses(1);

/** Where a dial to these addresses ends. */
async function dialled(addresses: readonly string[], timeoutMs = 5_000): Promise<string> {
  const target = fleet.target('several', { address: 'several.example' });
  const attempt = new Attempt(systemClock, request(target, fleet.access(), { timeoutMs }));
  try {
    const socket = await dial(attempt, addresses);
    return socket.remoteAddress ?? '';
  } finally {
    attempt.abandon();
  }
}

describe('of several addresses', () => {
  test('the next is tried as soon as one refuses', async () => {
    const began = performance.now();
    await expect(dialled([fleet.spare(0).address, fleet.spare(1).address, host])).resolves.toBe(
      host,
    );
    expect(performance.now() - began).toBeLessThan(250);
  });

  test('the next is tried soon where one does not answer, and that one is given up', async () => {
    const hole = await started(fullBacklog(fleet.spare()));
    await expect(dialled([hole.address, host])).resolves.toBe(host);
  });

  test('one that never answers is what was waited for, whatever another said', async () => {
    const hole = await started(fullBacklog(fleet.spare()));
    const found = await failureOf(dialled([hole.address, fleet.spare(1).address], 600));
    expect(found).toMatchObject({ code: 'connect-timeout' });
    expect(found.message).toContain(`several (${hole.address}) port ${fleet.port}`);
  });

  test('the first that refused is named where all do', async () => {
    const refused = await failureOf(dialled([fleet.spare(1).address, fleet.spare(2).address]));
    expect(refused).toMatchObject({ code: 'refused' });
    expect(refused.message).toContain(`several (${fleet.spare(1).address}) port ${fleet.port}`);
  });
});
