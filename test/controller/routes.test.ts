import { expect, test } from 'vitest';
import { Routes } from '../../src/controller/routes.ts';
import type { Target } from '../../src/model/target.ts';
import { target } from './fakes.ts';

function behind(...gates: readonly string[]): Target {
  return { ...target('host'), jump: gates.map(target) };
}

test('who gets through wakes those on the same way, and no others', () => {
  const routes = new Routes();
  const woken: string[] = [];
  for (const gates of [[], ['gate'], ['gate'], ['other'], ['gate', 'other'], ['other', 'gate']])
    routes.wait(behind(...gates), () => woken.push(gates.join('>')));
  routes.isOpen(behind('gate'));
  expect(woken).toEqual(['gate', 'gate']);
  routes.isOpen(behind('gate', 'other'));
  expect(woken).toEqual(['gate', 'gate', 'gate>other']);
  routes.isOpen(behind('nobody'));
  routes.isOpen(behind());
  expect(woken.slice(3)).toEqual(['']);
});

test('another user or port of a gate is another way', () => {
  const routes = new Routes();
  const woken: string[] = [];
  const gate = target('gate');
  const through = (change: Partial<Target>): Target => ({
    ...target('host'),
    jump: [{ ...gate, ...change }],
  });
  routes.wait(through({ user: 'you' }), () => woken.push('user'));
  routes.wait(through({ port: 2222 }), () => woken.push('port'));
  routes.isOpen(through({}));
  expect(woken).toEqual([]);
});

test('who waits no more is not woken, and who waits again when he is woken is woken once', () => {
  const routes = new Routes();
  let woken = 0;
  const left = routes.wait(behind(), () => {
    throw new Error('woken, though it had left');
  });
  left();
  left();
  const again = (): void => {
    woken += 1;
    stop();
    stop = routes.wait(behind(), again);
  };
  let stop = routes.wait(behind(), again);
  routes.isOpen(behind());
  expect(woken).toBe(1);
  routes.isOpen(behind());
  expect(woken).toBe(2);
  stop();
  routes.isOpen(behind());
  expect(woken).toBe(2);
});
