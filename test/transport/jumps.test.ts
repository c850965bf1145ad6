import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/model/target.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { connectTo, run, withTransport } from './connect/reach.ts';

let fleet: Fleet;
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet();
  hosts = fleet.addresses(16);
});
afterAll(() => fleet.stop());

/** The fleet's nth host as a jump host. */
function hop(index: number, overrides: Partial<Target> = {}): Target {
  return fleet.target(hosts[index] ?? '', { name: `gate${index}`, ...overrides });
}

describe('a target behind jump hosts', () => {
  test.each([1, 2, 3])(
    'is reached through %i of them, each with a login of its own',
    async (count) => {
      const jump = Array.from({ length: count }, (_, index) => hop(index));
      const before = (await fleet.log()).length;
      await withTransport(async (transport) => {
        const target = fleet.target(hosts[8] ?? '', { jump });
        const connection = await connectTo(transport, target, fleet.access());
        expect(transport.openConnections).toBe(count + 1);
        const { end, output } = await run(connection, 'echo $SSH_CONNECTION');
        expect(end).toMatchObject({ kind: 'exit', code: 0 });
        // The last jump host is the one that connects.
        expect(output).toMatch(new RegExp(` ${hosts[8]} ${fleet.port}\n$`, 'u'));
        connection.release();
      });
      const log = (await fleet.log()).slice(before);
      expect(log.match(/Accepted publickey/gu)).toHaveLength(count + 1);
    },
  );
});
