import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import type { Probe, Reach } from '../../src/model/ports/transport.ts';
import type { Target } from '../../src/model/target.ts';
import { fleetForFile } from '../fleet/for-file.ts';
import { silent } from '../fixtures/hosts/silent.ts';
import { eventually } from '../helpers/eventually.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { request, withTransport, started } from './connect/reach.ts';
import { keygen } from './credentials/keygen.ts';

const fleet = await fleetForFile();
const [host = ''] = fleet.addresses(1);

function probe(target: Target, until: Reach, timeoutMs = 5_000): Promise<Probe> {
  return withTransport(async (transport) => {
    const asked = request(target, fleet.access(), { timeoutMs });
    await transport.prepare([target], asked.access, true);
    const found = await transport.probe({ ...asked, until });
    expect(transport.openConnections).toBe(0);
    return found;
  });
}

const TIME: unknown = expect.any(Number);

describe('a probe', () => {
  test.each<[Reach, Readonly<Record<string, unknown>>]>([
    ['resolve', { tcpMs: null, sshMs: null, authMs: null }],
    ['tcp', { tcpMs: TIME, sshMs: null, authMs: null }],
    ['ssh', { tcpMs: TIME, sshMs: TIME, authMs: null }],
    ['auth', { tcpMs: TIME, sshMs: TIME, authMs: TIME }],
  ])('goes as far as %s, and leaves nothing open', async (until, times) => {
    const before = (await fleet.log()).length;
    await expect(probe(fleet.target(host), until)).resolves.toEqual({
      reached: until,
      address: host,
      resolveMs: TIME,
      ...times,
      failure: null,
    });
    await eventually(() => fleet.connectionPids().length === 0);
    const logins = (await fleet.log()).slice(before).match(/Accepted publickey/gu) ?? [];
    expect(logins).toHaveLength(until === 'auth' ? 1 : 0);
  });

  test('tells how far it came, and why no further', async () => {
    const dumb = await started(silent(fleet.spare()));
    const found = await probe(fleet.target(dumb.address), 'auth', 300);
    expect(found).toEqual({
      reached: 'tcp',
      address: dumb.address,
      resolveMs: TIME,
      tcpMs: TIME,
      sshMs: null,
      authMs: null,
      failure: found.failure,
    });
    expect(found.failure).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
  });

  test('of a name that does not exist reached nothing', async () => {
    const target = fleet.target(host, { address: 'gone.invalid' });
    await expect(probe(target, 'ssh')).resolves.toMatchObject({
      reached: null,
      address: null,
      resolveMs: null,
      failure: { code: 'dns' },
    });
  });

  test('of a port that is closed resolved, and was refused', async () => {
    await expect(probe(fleet.target(fleet.spare().address), 'tcp')).resolves.toMatchObject({
      reached: 'resolve',
      tcpMs: null,
      failure: { code: 'refused' },
    });
  });

  test('that is not let in reached the greeting', async () => {
    await expect(probe(fleet.target(host, { identities: [] }), 'auth')).resolves.toMatchObject({
      reached: 'ssh',
      authMs: null,
      failure: { code: 'auth-denied' },
    });
  });

  test('of a login that was refused logs in no second time within the job, nor later with the same password', async () => {
    const stranger = join(temporaryFolder('probe'), 'stranger');
    keygen(stranger, ['-t', 'ed25519']);
    onTestFinished(() => rmSync(dirname(stranger), { recursive: true }));
    const target = fleet.target(host, { identities: [stranger] });
    const password = new Secret('not asked for');
    const before = (await fleet.log()).length;
    const attempts = async (): Promise<number> =>
      (await fleet.log()).slice(before).match(/^Failed publickey/gmu)?.length ?? 0;
    await withTransport(async (transport) => {
      const open = { ...request(target, fleet.access()), until: 'auth' as const };
      const locked = { ...request(target, fleet.access({ password })), until: 'auth' as const };
      for (const [asked, expected] of [
        [open, 1],
        [open, 2],
        [locked, 3],
        [locked, 3],
      ] as const) {
        await transport.prepare([target], asked.access, true);
        const first = await transport.probe(asked);
        const second = await transport.probe(asked);
        expect(first).toMatchObject({ reached: 'ssh', failure: { code: 'auth-denied' } });
        expect(second).toMatchObject({ reached: 'ssh', sshMs: TIME, failure: first.failure });
        await eventually(async () => (await attempts()) >= expected);
        expect(await attempts()).toBe(expected);
      }
    });
  });

  test('that is aborted rejects with the signal’s reason', async () => {
    const stop = new AbortController();
    await withTransport(async (transport) => {
      const asked = request(fleet.target(host), fleet.access(), { signal: stop.signal });
      await transport.prepare([asked.target], asked.access, true);
      stop.abort(new Error('no more'));
      await expect(transport.probe({ ...asked, until: 'tcp' })).rejects.toThrow('no more');
    });
  });
});
