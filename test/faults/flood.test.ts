import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { look } from '../bench/flood-run.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile({ hosts: 1 });
const PIECE = Buffer.alloc(1024 * 1024);
/** A look costs more than the bytes between two of them. */
const EACH = 8 * PIECE.length;
/** Above what a short answer takes. */
const GROWTH_MB = 64;

/** What came of so many bytes of zeros through `muster run` to a pipe, and the largest that it has been. */
async function run(pieces: number): Promise<{ digest: string; bytes: number; peakMb: number }> {
  const command = `head -c ${pieces * PIECE.length} /dev/zero`;
  const words = ['run', '-w', fleet.addresses(1)[0] ?? '', ...fleet.options];
  const bin = join(import.meta.dirname, '../../bin/muster.js');
  const muster = spawn(
    process.execPath,
    [bin, ...words, '-q', '-N', '--memory=32M', '--controller=never', '--', command],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(muster, 'close');
  const hash = createHash('sha256');
  let bytes = 0;
  let peakMb = 0;
  let looks = 0;
  for await (const chunk of muster.stdout) {
    const piece = chunk as Buffer;
    hash.update(piece);
    const isTime = Math.floor((bytes += piece.length) / EACH) > looks;
    if (isTime) looks += 1;
    if (isTime || looks === 0) peakMb = look(muster.pid ?? 0)?.peakMb ?? peakMb;
  }
  expect(await ended).toEqual([0, null]);
  return { digest: hash.digest('hex'), bytes, peakMb };
}

test('F29 much output of one host: all of it comes, and costs no more memory than little', async () => {
  const pieces = 128;
  const little = await run(1);
  const much = await run(pieces);
  const wanted = createHash('sha256');
  for (let count = 0; count < pieces; count += 1) wanted.update(PIECE);
  // A last line without a newline is given one.
  wanted.update('\n');
  expect(much.bytes).toBe(pieces * PIECE.length + 1);
  expect(much.digest).toBe(wanted.digest('hex'));
  expect(much.peakMb - little.peakMb).toBeLessThan(GROWTH_MB);
}, 60_000);
