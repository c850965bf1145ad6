import { expect, test } from 'vitest';
import { mainHere } from '../helpers/in-process.ts';

const ENV = { HOME: '/nonexistent', PATH: '/usr/bin:/bin' };

test.each([
  [
    'a terminal',
    ['run', '--durable', '--tty', '-w', 'a', '--', 'true'],
    /--tty and --durable/u,
    /terminal is gone/u,
  ],
  [
    'a terminal, in the background',
    ['start', '--tty', '--durable', '-w', 'a', '--', 'true'],
    /--tty and --durable/u,
    /terminal/u,
  ],
  [
    'a terminal for a script',
    ['script', '--durable', '--tty', '-w', 'a', '/etc/passwd'],
    /--tty and --durable/u,
    /terminal/u,
  ],
  [
    'this machine',
    ['run', '--durable', '--local', '--', 'true'],
    /--local and --durable/u,
    /without SSH/u,
  ],
  ['a value', ['run', '--durable=yes', '-w', 'a', '--', 'true'], /--durable takes no value/u, /^/u],
  [
    'items',
    ['each', '--durable', '-w', 'a', '--', 'x'],
    /each takes no option --durable/u,
    /run, start and script/u,
  ],
  [
    'files',
    ['upload', '--durable', '-w', 'a', 'x', 'y'],
    /upload takes no option --durable/u,
    /run, start/u,
  ],
  ['a check', ['check', '--durable', '-w', 'a'], /check takes no option --durable/u, /run, start/u],
  [
    'leaving durable jobs without a controller',
    ['run', '--detach', '-w', 'a', '--', 'true'],
    /run takes no option --detach/u,
    /it is for controller/u,
  ],
] as const)('--durable is refused with %s: exit 2, and why', async (_, args, message, hint) => {
  const { code, text, errorText } = await mainHere(args, ENV, '/');
  expect([code, text]).toEqual([2, '']);
  expect(errorText).toMatch(message);
  expect(errorText).toMatch(hint);
});
