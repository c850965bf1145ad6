import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { Failure } from '../../../src/model/failure.ts';
import { Attempt } from '../../../src/transport/connect/attempt.ts';
import { resolve } from '../../../src/transport/connect/resolve.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { listenAt } from '../../fixtures/fixture-host.ts';
import { sshHost } from '../../fixtures/ssh-host.ts';
import { manualClock } from '../pool/manual-clock.ts';
import { connectTo, failureOf, request, started, withTransport } from './reach.ts';

const fleet = await fleetForFile({ hosts: 1 });

function failure(address: string, timeoutMs: number, clock = systemClock): Promise<Failure> {
  return withTransport(
    (transport) =>
      failureOf(connectTo(transport, fleet.target(address), fleet.access(), { timeoutMs })),
    { clock },
  );
}

describe('C18: no phase goes on for ever, not', () => {
  test('the look-up of a name', async () => {
    const clock = manualClock();
    const target = fleet.target('localhost');
    const attempt = new Attempt(clock, request(target, fleet.access(), { timeoutMs: 500 }));
    const found = failureOf(Promise.resolve(resolve(attempt)));
    clock.pass(500);
    expect(await found).toMatchObject({
      phase: 'resolve',
      code: 'dns-timeout',
      message: 'no answer about the name localhost after 0.5 s',
    });
    attempt.abandon();
  });

  test('a key exchange that the server leaves to us', async () => {
    const mute = await started(
      listenAt(fleet.spare(), (socket) => {
        socket.resume();
        socket.write('SSH-2.0-mute\r\n');
      }),
    );
    const found = await failure(mute.address, 400);
    expect(found).toMatchObject({ phase: 'handshake', code: 'banner-timeout' });
    expect(found.message).toMatch(/the key exchange did not end in [\d.]+ s \(limit 0\.4 s\)$/u);
  });

  test('a login that the server does not decide on', async () => {
    const mute = await started(sshHost(fleet.spare(), { onAuthentication: () => undefined }));
    const clock: Clock = {
      ...systemClock,
      after: (ms, task) => systemClock.after(ms === LOGIN_MS ? 100 : ms, task),
    };
    const found = await failure(mute.address, 60_000, clock);
    expect(found).toMatchObject({ phase: 'authenticate', code: 'auth-timeout' });
    expect(found.message).toContain(`did not decide on the login of ${fleet.user} in`);
  });
});

/** What a login has, whatever the time to connect is. */
const LOGIN_MS = 30_000;
