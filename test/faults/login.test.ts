import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { fingerprint, makeKey } from '../fleet/keys.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { expectOnlyBFailed, startAbc, type Abc } from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
let folder: string;
beforeAll(async () => {
  abc = await startAbc();
  folder = temporaryFolder('keys');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await abc.stop();
});

test('F13 authentication denied: each key is offered once', async () => {
  const b = await startB('AuthorizedKeysFile none');
  const other = join(folder, 'other');
  makeKey(other, 'ecdsa');
  const row = await abc.run('echo fine', { flags: ['--identity', other] });
  expectOnlyBFailed(row, {
    phase: 'authenticate',
    code: 'auth-denied',
    mayHaveRun: false,
    exit: 4,
    says: [new RegExp(`\\b${abc.fleet.user}\\b`, 'u'), /publickey/u],
  });
  expect(row.b.attempts).toBe(1);
  const log = await b.log();
  for (const key of [abc.fleet.userKey, other]) {
    const refused = log.split('\n').filter((line) => line.startsWith('Failed publickey'));
    expect(refused.filter((line) => line.includes(fingerprint(key)))).toHaveLength(1);
  }
});

test('F14 partial authentication: what was accepted, and what is missing', async () => {
  const b = await startB('PasswordAuthentication yes', 'AuthenticationMethods publickey,password');
  const row = await abc.run('echo fine');
  expectOnlyBFailed(row, {
    phase: 'authenticate',
    code: 'auth-partial',
    mayHaveRun: false,
    exit: 4,
    says: [/user accepted/u, /also asks for password/u],
  });
  expect(row.b.attempts).toBe(1);
  // The key was taken as one of two things, and the other was not even tried.
  const log = await b.log();
  expect(log.match(/^Partial publickey/gmu)).toHaveLength(1);
  expect(log).not.toMatch(/^Failed/mu);
});

/** A host at B's place, to the end of the test. */
async function startB(...config: readonly string[]): Promise<Fleet> {
  const b = await startFleet({ place: abc.b, config });
  onTestFinished(() => b.stop());
  return b;
}
