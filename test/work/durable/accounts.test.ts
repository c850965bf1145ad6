import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobDefinition } from '../../../src/model/definition.ts';
import type { ChildView } from '../../../src/model/job.ts';
import type { HostedController } from '../../../src/model/ports/controller.ts';
import { createController } from '../../../src/wiring.ts';
import { commandSpec } from '../../../src/work/kinds.ts';
import { texts } from '../../controller/contract-rig.ts';
import { definition } from '../../controller/fakes.ts';
import { plainAccount, type Account } from '../../fleet/account.ts';
import { runPid, startFleet, type Fleet } from '../../fleet/sshd.ts';
import { eventually } from '../../helpers/eventually.ts';
import { descendantsOf, signalProcess } from '../../helpers/processes.ts';
import { FILE_VARIABLE, runFolder } from '../../setup/run-folder.ts';
import { actor, becomes, IS_ROOT, type Actor } from '../become/accounts.ts';

describe.runIf(IS_ROOT)('durable commands of a plain user', { timeout: 60_000 }, () => {
  let user: Actor;
  let other: Account;
  let fleet: Fleet;
  let bare: Fleet;
  let home: string;
  let controller: HostedController;
  beforeAll(async () => {
    user = actor('d', 'canary-durable');
    user.sudo('ALL=(ALL) ALL');
    other = plainAccount(runPid());
    home = join(runFolder(), `home-${randomUUID()}`);
    own(home);
    const mark = `${FILE_VARIABLE}=${process.env[FILE_VARIABLE] ?? 'none'}`;
    const config = [`SetEnv ${mark} HOME=${home}`];
    fleet = await startFleet({ account: user.account, hosts: 1, config });
    bare = await startFleet({
      account: user.account,
      hosts: 1,
      config: [`SetEnv ${mark} HOME=${home} PATH=`],
    });
    controller = createController({ keepMs: 0 });
  });
  afterAll(async () => {
    await controller.dispose();
    await Promise.all([fleet.stop(), bare.stop()]);
    for (const path of [home, second(user.account), second(other)])
      rmSync(path, { recursive: true, force: true });
    user.remove();
  });

  /** A folder of the user's, with those above it. */
  function own(folder: string): void {
    const missing: string[] = [];
    for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
    for (const at of missing) {
      mkdirSync(at, { mode: 0o700 });
      chownSync(at, user.account.uid, user.account.gid);
    }
  }

  const first = (): string => join(home, '.local/state/muster/durable');
  const second = ({ uid }: Account): string => `/var/tmp/muster-${uid}`;

  async function begin(
    command: string,
    changes: Partial<JobDefinition> = {},
    on = fleet,
  ): Promise<number> {
    const { id } = await controller.start(
      definition([], {
        durable: true,
        targets: [on.target(on.addresses(1)[0] ?? '')],
        access: on.access(),
        work: commandSpec(command),
        ...changes,
      }),
    );
    return id;
  }

  async function ended(id: number): Promise<ChildView> {
    const [child] = (await controller.wait(id, { until: 'finished' })).children;
    if (child === undefined) throw new Error('it has no child');
    return child;
  }

  const said = (id: number): Promise<unknown> =>
    eventually(async () => ((await controller.job(id)).children[0]?.bytes.output ?? 0) > 0, {
      what: 'output',
      deadlineMs: 20_000,
    });

  test('become another user, also after a cut and where they are suspended or stopped; hosts forget it', async () => {
    const become = becomes('sudo', { user: other.name, password: 'canary-durable' });
    const gate = join(home, 'gate');
    chmodSync(home, 0o755);
    const id = await begin(`id -un; until [ -e ${gate} ]; do sleep 0.02; done; exit 3`, { become });
    await said(id);
    // What has the connection is the server's second process.
    for (const { pid, args } of descendantsOf(fleet.pid))
      if (args[0]?.includes('sshd') === true) signalProcess(pid, 'SIGKILL');
    await eventually(async () => (await controller.job(id)).children[0]?.attempts === 2);
    await eventually(async () => (await controller.job(id)).state === 'Running');
    await controller.suspend(id);
    expect((await controller.job(id)).state).toBe('Suspended');
    await controller.resume(id);
    writeFileSync(gate, '');
    expect(await ended(id)).toMatchObject({ exitCode: 3 });
    const stopped = await begin('echo one; sleep 1000', { become });
    await said(stopped);
    await controller.stop(stopped, 'a test');
    expect(await ended(stopped)).toMatchObject({ state: 'Stopped', endConfirmed: true });
    expect(await texts(controller.receive(id))).toEqual([other.name]);
    expect(await texts(controller.receive(stopped))).toEqual(['one']);
    await eventually(() => readdirSync(second(other)).length === 0);
    expect(existsSync(first())).toBe(false);
  });

  test('host-clean with --become removes what that user has left, and nothing of who logged in', async () => {
    const folder = join(second(other), randomUUID());
    own(join(first(), randomUUID()));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'supervisor'), '1 1\n');
    for (const path of [second(other), folder]) chownSync(path, other.uid, other.gid);
    const id = await begin('', {
      durable: false,
      become: becomes('sudo', { user: other.name, password: 'canary-durable' }),
      work: { kind: 'host-clean', olderThan: 0, dryRun: false },
    });
    expect(await ended(id)).toMatchObject({ data: { hostClean: { removed: 1, failed: 0 } } });
    expect([existsSync(folder), readdirSync(first()).length]).toEqual([false, 1]);
    rmSync(join(home, '.local'), { recursive: true });
  });

  test('kill -9 -1: supervisor and all are gone, and so it is lost', async () => {
    const id = await begin('echo one; sleep 0.2; kill -9 -1; sleep 1000');
    expect((await ended(id)).failure).toMatchObject({
      phase: 'run',
      code: 'lost',
      mayHaveRun: true,
    });
    expect(await texts(controller.receive(id))).toEqual(['one']);
    await eventually(() => readdirSync(first()).length === 0);
  });

  describe('a place on the host that is not safe', () => {
    const spoil: Readonly<Record<string, (place: string) => void>> = {
      'belongs to somebody else': (place) => mkdirSync(place, { mode: 0o777 }),
      'its group may write to': (place) => {
        own(place);
        chmodSync(place, 0o770);
      },
      'is a link': (place) => {
        own(join(home, 'elsewhere'));
        symlinkSync(join(home, 'elsewhere'), place);
      },
    };

    test.each(Object.entries(spoil))('%s is not used', async (_, make) => {
      rmSync(join(home, '.local'), { recursive: true, force: true });
      own(dirname(first()));
      make(first());
      const before = readdirSync(first());
      // The other one will do.
      const id = await begin(`ls ${second(user.account)}`);
      const child = await ended(id);
      expect(child).toMatchObject({ exitCode: 0 });
      expect(await texts(controller.receive(id))).toEqual([child.instanceId]);
      await eventually(() => readdirSync(second(user.account)).length === 0);
      rmSync(second(user.account), { recursive: true });
      make(second(user.account));
      const none = await begin(`echo begun >${join(home, 'begun')}`);
      expect((await ended(none)).failure).toMatchObject({
        phase: 'local',
        code: 'store',
        message: 'no private folder can be made on the host',
        mayHaveRun: false,
      });
      expect([existsSync(join(home, 'begun')), readdirSync(first())]).toEqual([false, before]);
      rmSync(second(user.account), { recursive: true, force: true });
      rmSync(join(home, 'elsewhere'), { recursive: true, force: true });
    });
  });

  test('a login without a PATH runs them all the same, and leaves them that', async () => {
    rmSync(join(home, '.local'), { recursive: true, force: true });
    const id = await begin('echo "<$PATH>"; exit 5', {}, bare);
    expect(await ended(id)).toMatchObject({ exitCode: 5 });
    expect(await texts(controller.receive(id))).toEqual(['<>']);
    await eventually(() => readdirSync(first()).length === 0);
  });
});
