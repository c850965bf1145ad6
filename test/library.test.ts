import { describe, expect, test } from 'vitest';
import { Controller, threadSpec, type Received, type WorkKind } from '../src/index.ts';
import { fleetForFile } from './fleet/for-file.ts';

const fleet = await fleetForFile();

function controllerOfFleet(): Controller {
  return new Controller({ access: fleet.access() });
}

function text(records: readonly Received[]): readonly string[] {
  return records.map(
    ({ host, stream, data }) => `${host} ${stream} ${Buffer.from(data).toString()}`,
  );
}

async function all(source: AsyncIterable<Received>): Promise<Received[]> {
  const records: Received[] = [];
  for await (const record of source) records.push(record);
  return records;
}

describe('the library', () => {
  test('starts a job, gives its records as they come, and waits for its end', async () => {
    const controller = controllerOfFleet();
    const [a = '', b = ''] = fleet.addresses(2);
    const job = await controller.start({
      hosts: [fleet.target(a), fleet.target(b)],
      command: `echo out; test "\${SSH_CONNECTION#* * }" = '${b} ${fleet.port}' && exit 7; exit 0`,
    });
    const records = await all(job.records());
    expect([...text(records)].sort()).toEqual([`${a} output out\n`, `${b} output out\n`]);
    const view = await job.wait();
    expect(view).toMatchObject({ state: 'Failed', counts: { completed: 1, failed: 1, total: 2 } });
    expect(view.children[1]).toMatchObject({
      host: b,
      exitCode: 7,
      failure: { code: 'exit-code' },
    });
    await controller.dispose();
  });

  test('takes node sets, a user and a port', async () => {
    const controller = controllerOfFleet();
    const [a = ''] = fleet.addresses(1);
    const job = await controller.start({
      hosts: a,
      user: fleet.user,
      port: fleet.port,
      access: { identities: [fleet.userKey] },
      command: 'echo hello',
    });
    expect((await job.wait()).state).toBe('Completed');
    expect(text(await all(job.receive()))).toEqual([`${a} output hello\n`]);
    await controller.dispose();
  });

  test('an AbortSignal stops the job', async () => {
    const controller = controllerOfFleet();
    const abort = new AbortController();
    const [a = ''] = fleet.addresses(1);
    const job = await controller.start({
      hosts: [fleet.target(a)],
      command: 'echo started; sleep 600',
      signal: abort.signal,
    });
    for await (const record of job.records()) {
      expect(Buffer.from(record.data).toString()).toBe('started\n');
      abort.abort();
    }
    const view = await job.wait();
    expect(view.state).toBe('Stopped');
    expect(view.children[0]).toMatchObject({
      statusMessage: 'stopped by its AbortSignal',
      endConfirmed: true,
    });
    await controller.dispose();
  });

  test('the next job uses the connection of the last, and disposing ends it', async () => {
    const controller = controllerOfFleet();
    const hosts = [fleet.target(fleet.addresses(1)[0] ?? '')];
    const command = 'echo "$SSH_CONNECTION"';
    const first = await controller.start({ hosts, command });
    await first.wait();
    const second = await controller.start({ hosts, command });
    await second.wait();
    const told = await Promise.all([first, second].map((job) => all(job.receive())));
    expect(text(told[0] ?? [])).toEqual(text(told[1] ?? []));
    await controller.dispose();
    await expect.poll(() => fleet.connectionPids()).toEqual([]);
  });

  test('two controllers in one process do not meet', async () => {
    const [one, two] = [controllerOfFleet(), controllerOfFleet()];
    const hosts = [fleet.target(fleet.addresses(1)[0] ?? '')];
    const job = await one.start({ hosts, command: 'sleep 600' });
    const other = await two.start({ hosts, command: 'echo "$SSH_CONNECTION"' });
    expect([job.id, other.id]).toEqual([1, 1]);
    await two.dispose();
    expect((await job.view()).state).toBe('Running');
    await one.dispose();
    expect((await job.view()).state).toBe('Stopped');
  });

  test('a program can register a kind of work of its own', async () => {
    const uptime: WorkKind = {
      kind: 'shout',
      jobType: 'RemoteJob',
      parse: (spec) => spec,
      describe: () => 'shout',
      run: async (_spec, context) => {
        const connection = await context.connect();
        let said = '';
        const channel = await connection.exec('echo quiet', {
          data: (_stream, bytes) => {
            said += Buffer.from(bytes).toString();
          },
        });
        context.started();
        channel.endInput();
        const end = await channel.ended;
        context.write('output', Buffer.from(said.toUpperCase()));
        return end.kind === 'exit'
          ? { kind: 'exit', code: end.code }
          : { kind: 'ended', confirmed: false };
      },
    };
    const controller = controllerOfFleet();
    controller.register(uptime);
    const job = await controller.start({
      hosts: [fleet.target(fleet.addresses(1)[0] ?? '')],
      work: { kind: 'shout' },
    });
    expect(text(await all(job.records()))[0]).toContain('QUIET');
    expect((await job.wait()).state).toBe('Completed');
    await controller.dispose();
  });

  test('runs a program on this machine, and a function in a thread', async () => {
    const controller = new Controller();
    const local = await controller.startLocal(['printf', '%s', 'two words'], { cwd: '/' });
    const thread = await controller.startThread(
      threadSpec((input: number) => input + 1, 41),
      {
        name: 'answer',
      },
    );
    expect(await Promise.all([local.wait(), thread.wait()])).toMatchObject([
      { state: 'Completed', type: 'LocalJob', location: 'localhost' },
      { state: 'Completed', type: 'ThreadJob', name: 'answer' },
    ]);
    expect(text(await all(local.receive()))).toEqual(['localhost output two words']);
    expect(text(await all(thread.receive()))).toEqual(['localhost output 42\n']);
    await controller.dispose();
  });

  test('runs a job again on the hosts where it failed, lists it, and tells how it stands', async () => {
    const controller = controllerOfFleet();
    const [a = '', b = ''] = fleet.addresses(2);
    const job = await controller.start({
      hosts: [fleet.target(a), fleet.target(b)],
      command: `test "\${SSH_CONNECTION#* * }" != '${b} ${fleet.port}'`,
    });
    await job.wait({ until: 'finished' });
    const again = await job.rerun(['failed']);
    expect(await again.wait()).toMatchObject({
      location: b,
      rerunOf: 1,
      statusMessage: 'rerun of job 1 on 1 of its 2 hosts',
    });
    expect((await controller.jobs()).map(({ id, state }) => [id, state])).toEqual([
      [1, 'Failed'],
      [4, 'Failed'],
    ]);
    expect((await controller.find({ terms: ['job2'] })).jobs).toMatchObject([{ host: a }]);
    expect(await controller.status()).toMatchObject({
      connections: 2,
      jobs: { Failed: 2, total: 2 },
      queued: 0,
    });
    await controller.dispose();
  });

  test('suspends a real command, which does nothing until it is resumed', async () => {
    const controller = controllerOfFleet();
    let type: () => void = () => undefined;
    const typed = new Promise<void>((resolve) => {
      type = resolve;
    });
    const job = await controller.start({
      hosts: [fleet.target(fleet.addresses(1)[0] ?? '')],
      command: 'echo one; read line; echo "$line"',
      input: async function* input() {
        await typed;
        yield Buffer.from('two\n');
      },
      timeoutMs: 60_000,
    });
    const records = job.records({ keep: true })[Symbol.asyncIterator]();
    await records.next();
    await job.suspend();
    expect((await job.wait()).state).toBe('Suspended');
    type();
    await job.resume();
    await records.next();
    expect(await job.wait()).toMatchObject({ state: 'Completed' });
    expect(text(await all(job.receive())).join('')).toContain('two');
    await controller.dispose();
  });

  test('a job needs a command or work, and not both', async () => {
    const controller = controllerOfFleet();
    await expect(controller.start({ hosts: 'a' })).rejects.toThrow('a command or work');
    await controller.dispose();
  });
});
