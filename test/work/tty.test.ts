import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { WorkContext } from '../../src/model/ports/work.ts';
import { PLAIN_SSH } from '../../src/model/ssh-settings.ts';
import { commandKind } from '../../src/work/command.ts';
import { commandSpec } from '../../src/work/kinds.ts';
import { eventually } from '../helpers/eventually.ts';
import { doWork, GONE, mark, startRig, stateOf, type Doing, type Mark, type Rig } from './rig.ts';

let rig: Rig;
let own: Mark;
beforeAll(async () => {
  rig = await startRig({ user: 'plain', config: ['AcceptEnv GIVEN'] });
});
afterAll(() => rig.close());
beforeEach(() => {
  own = mark();
});

const SIZE = { columns: 101, rows: 33, term: 'vt100' };

function onTty(command: string, options: Partial<WorkContext> = {}): Doing {
  const target = rig.fleet.target(rig.fleet.addresses(1)[0] ?? '');
  const spec = commandSpec(command, { tty: SIZE });
  return doWork(commandKind, spec, { target, connect: () => rig.connect(), ...options });
}

test('a command on a terminal has its size and kind; its errors are output, its lines as they are', async () => {
  const doing = onTty('tty >/dev/null && stty size; echo $TERM; echo error >&2; exit 4');
  expect(await doing.end).toEqual({ kind: 'exit', code: 4 });
  expect([doing.output(), doing.error()]).toEqual(['33 101\nvt100\nerror\n', '']);
});

test('its input is what is typed there, and has an end, also where there is none', async () => {
  const none = onTty('cat; echo over');
  const some = onTty('cat; echo over', { input: () => Readable.from([Buffer.from('a\nno end')]) });
  expect(await Promise.all([none.end, some.end])).toEqual([
    { kind: 'exit', code: 0 },
    { kind: 'exit', code: 0 },
  ]);
  expect([none.output(), some.output()]).toEqual(['over\n', 'a\nno endover\n']);
});

test('it is suspended, let go on, and stopped with all that it began', async () => {
  const doing = onTty(
    `${own.prefix}(setsid sleep 1000 &); nohup sleep 1000 >/dev/null 2>&1 & sleep 1000; true`,
  );
  await own.count(4);
  // A command may be seen on the host before its server says that it has begun.
  const work = await eventually(() => doing.suspendable());
  expect(await work.suspend()).toBeNull();
  for (const { pid } of own.processes()) expect(stateOf(pid)).toBe('T');
  expect(await work.resume()).toBeNull();
  await eventually(() => own.processes().every(({ pid }) => stateOf(pid) !== 'T'));
  expect((await doing.stop()).end).toEqual(GONE);
  expect(own.processes()).toEqual([]);
});

test("a target's settings ask for a terminal and for variables", async () => {
  const plain = rig.fleet.target(rig.fleet.addresses(1)[0] ?? '');
  const said = async (tty: 'yes' | 'force' | 'auto' | 'no'): Promise<string> => {
    const target = { ...plain, ssh: { ...PLAIN_SSH, tty, env: { GIVEN: 'set' } } };
    const doing = rig.begin('tty >/dev/null && echo tty $GIVEN || echo none $GIVEN', { target });
    expect(await doing.end).toEqual({ kind: 'exit', code: 0 });
    return doing.output();
  };
  expect(await Promise.all([said('yes'), said('force'), said('auto'), said('no')])).toEqual([
    'tty set\n',
    'tty set\n',
    'none set\n',
    'none set\n',
  ]);
});
