import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey, publicKey } from '../fleet/keys.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { rmSync } from 'node:fs';
import { expectOnlyBFailed, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
let b: Fleet;
let folder: string;
beforeAll(async () => {
  abc = await startAbc();
  // At this level sshd logs each request to authenticate, also one that only asks which methods there are.
  b = await startFleet({ place: abc.b, config: ['LogLevel DEBUG1'] });
  folder = temporaryFolder('known');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await b.stop();
  await abc.stop();
});

/** A known_hosts file with A and C as they are, and these lines about B. */
function knownHosts(...linesOfB: readonly string[]): string {
  const port = String(abc.fleet.port);
  const lines = [abc.a, abc.c].map((host) => `[${host}]:${port} ${abc.fleet.hostKey('ed25519')}`);
  const file = join(folder, 'known_hosts');
  writeFileSync(file, `${[...lines, ...linesOfB].join('\n')}\n`);
  return file;
}

async function expectNoLoginTried(): Promise<void> {
  const log = await b.log();
  // It did come, and so would its requests have been logged.
  expect(log).toContain('Connection from');
  expect(log).not.toMatch(/userauth-request|Accepted |Failed /u);
}

describe('host keys that are not as known', () => {
  test('F11 unknown host key', async () => {
    const row = await abc.run('echo fine', { knownHosts: knownHosts() });
    expectOnlyBFailed(row, {
      phase: 'verify',
      code: 'host-key-unknown',
      mayHaveRun: false,
      exit: 4,
      says: [/ed25519/iu, /accept-new|known_hosts/u],
    });
    expect(row.b.failure?.message).toContain(abc.fleet.hostKeyFingerprint('ed25519'));
    await expectNoLoginTried();
  });

  test('F12 changed host key: named by file and line, not tried again, and nothing is learnt', async () => {
    makeKey(join(folder, 'other'), 'ed25519');
    const line = `[${abc.b.address}]:${abc.b.port} ${publicKey(join(folder, 'other'))}`;
    for (const policy of ['strict', 'accept-new']) {
      const file = knownHosts('# B, before it was installed anew', line);
      const before = readFileSync(file);
      const row = await abc.run('echo fine', {
        knownHosts: file,
        flags: ['--retries', '2', '--host-keys', policy],
      });
      expectOnlyBFailed(row, {
        phase: 'verify',
        code: 'host-key-changed',
        mayHaveRun: false,
        exit: 4,
        says: [/:4\b|line 4/u],
      });
      expect(row.b.failure?.message).toContain('known_hosts');
      expect(row.b.attempts).toBe(1);
      expect(readFileSync(file)).toEqual(before);
    }
    await expectNoLoginTried();
  });
});
