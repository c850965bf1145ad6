import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprint, makeKey } from '../fleet/keys.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { expectOnlyBFailed, startAbc, type Abc } from './abc.ts';

let abc: Abc;
let b: Fleet;
let folder: string;
beforeAll(async () => {
  abc = await startAbc();
  b = await startFleet({ place: abc.b, config: ['AuthorizedKeysFile none'] });
  folder = temporaryFolder('keys');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await b.stop();
  await abc.stop();
});

test('F13 authentication denied: each key is offered once', async () => {
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
