import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { Carrier } from '../../../src/transport/connect/carrier.ts';
import { Link } from '../../../src/transport/connect/link.ts';
import type { Client } from '../../../src/transport/ssh2.ts';

test('C19: the first error wins and destroys the socket; later ones are counted, and told to nobody', () => {
  const client = new EventEmitter();
  let destroyed = 0;
  const socket = { destroy: () => void (destroyed += 1) };
  const link = new Link(client as unknown as Client, socket as unknown as Carrier);
  const told: (Error | null)[] = [];
  link.onEnd((error) => told.push(error));
  const first = new Error('first');
  client.emit('error', first);
  expect([destroyed, link.isOver]).toEqual([1, true]);
  for (let later = 0; later < 3; later += 1) client.emit('error', new Error('again'));
  client.emit('end');
  client.emit('close');
  expect(told).toEqual([first]);
  expect([link.error, link.lateErrors]).toEqual([first, 3]);
});
