import { expect, test } from 'vitest';
import { definition } from './fakes.ts';
import { hostedOnFakes, type Run } from './contract-rig.ts';

const connects: Run = async (context) => {
  await context.connect();
  return { kind: 'exit', code: 0 };
};

test.each([
  [0, ['warning a key was learned\n']],
  [1, ['verbose connect took 3 ms (127.0.0.1:22)\n', 'warning a key was learned\n']],
  [
    2,
    [
      'verbose connect took 3 ms (127.0.0.1:22)\n',
      'debug ssh: sent KEXINIT\n',
      'warning a key was learned\n',
    ],
  ],
] as const)('with verbosity %i a login tells so much of itself', async (verbosity, expected) => {
  const [controller, transport] = hostedOnFakes(connects);
  transport.connectWith = ({ target, observer }) => {
    observer.phase('connect', 3.2, '127.0.0.1:22');
    observer.trace?.('sent KEXINIT');
    observer.warning('a key was learned');
    return Promise.resolve(transport.connection(target));
  };
  const { id } = await controller.start(definition(['a'], { verbosity }));
  await controller.wait(id);
  const records: string[] = [];
  for await (const { stream, data } of controller.receive(id)) {
    records.push(`${stream} ${Buffer.from(data).toString()}`);
  }
  expect(records).toEqual(expected);
  await controller.dispose();
});

test('what a login tells is one line of safe text', async () => {
  const [controller, transport] = hostedOnFakes(connects);
  transport.connectWith = ({ target, observer }) => {
    observer.warning('\u001B[2Jcleared\nall of it');
    return Promise.resolve(transport.connection(target));
  };
  const { id } = await controller.start(definition(['a']));
  await controller.wait(id);
  for await (const { data } of controller.receive(id)) {
    expect(Buffer.from(data).toString()).toBe('^[[2Jcleared all of it\n');
  }
  await controller.dispose();
});
