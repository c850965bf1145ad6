import { test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { request, withTransport } from './connect/reach.ts';

const fleet = await fleetForFile();

test('a job whose hosts name their keys does not take the default keys of an earlier one away', async () => {
  const access = fleet.access({ defaultIdentities: [fleet.userKey] });
  const [one = '', two = ''] = fleet.addresses(2);
  const unnamed = fleet.target(one, { identities: [] });
  const named = fleet.target(two);
  await withTransport(async (transport) => {
    await transport.prepare([unnamed], access, true);
    await transport.prepare([named], access, true);
    for (const target of [unnamed, named]) {
      const connection = await transport.connect(request(target, access));
      connection.destroy();
    }
  });
});
