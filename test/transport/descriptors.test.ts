import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startFleet } from '../fleet/sshd.ts';
import { matching, started, testFolder } from './connect/reach.ts';

const PROGRAM = new URL('connect/many-hosts.ts', import.meta.url).pathname;

test('F47 out of descriptors: hosts wait for a free one, none is blamed, and we are warned once', async () => {
  const fleet = await started(startFleet({ hosts: 100 }));
  const file = join(testFolder(), 'job.json');
  const targets = fleet.addresses(100).map((address) => fleet.target(address));
  writeFileSync(file, JSON.stringify({ targets, access: fleet.access() }));
  const limited = ['-c', 'ulimit -n 64; exec "$@"', 'sh'];
  const { stdout } = await promisify(execFile)(
    'sh',
    [...limited, process.execPath, '--import', 'tsx', PROGRAM, file],
    { env: { ...process.env, TSX_DISABLE_CACHE: '1' } },
  );
  expect(JSON.parse(stdout)).toEqual({
    ends: targets.map(() => 'exit'),
    warnings: [matching('out of file descriptors')],
  });
}, 60_000);
