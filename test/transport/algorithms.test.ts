import { expect, test } from 'vitest';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import { algorithms } from '../../src/transport/algorithms.ts';

/** The host is known by its RSA key: that comes first. */
const OFFERED = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519', 'ecdsa-sha2-nistp256'];

function order(names: readonly string[], knownKeyTypesFirst: boolean): unknown {
  const wishes = { ...PLAIN_SSH, hostKeyAlgorithms: names, knownKeyTypesFirst };
  return algorithms(OFFERED, wishes).offer.serverHostKey;
}

test('a host that is known by one type of key is asked for that, unless an order was said', () => {
  const wished = ['ssh-ed25519', 'rsa-sha2-256', 'rsa-sha2-512'];
  expect(order(wished, true)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']);
  expect(order(wished, false)).toEqual(wished);
  expect(algorithms(OFFERED).offer.serverHostKey).toEqual(OFFERED);
});
