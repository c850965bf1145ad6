import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HostedController } from '../../src/model/ports/controller.ts';
import { EVERY_JOB } from '../../src/model/query.ts';
import { ACKNOWLEDGE_AFTER } from '../../src/service/wire/protocol.ts';
import { hostedOnFakes, untilAborted, type Run } from '../controller/contract-rig.ts';
import { deferred, definition } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { serveHere, VERSION, type Served } from '../service/server-rig.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

const folder = temporaryFolder('f45');
const program = join(folder, 'receiver.mjs');
beforeAll(async () => {
  // Once, so that each of them starts quickly.
  await build({
    entryPoints: [join(import.meta.dirname, '../service/programs/receiver.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
  });
  await stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

describe('F45: a client that is killed', () => {
  test.each(['receive', 'follow'])(
    'at any moment while it uses %s has lost nothing for the next, and skipped nothing',
    async (verb) => {
      const { served, hosted } = await serve(numbered(RECORDS));
      const { id } = await hosted.start(definition(['a', 'b']));
      await hosted.wait(id);
      const seen = new Map<number, number>();
      for (const lines of [
        1,
        3 + random(200),
        ACKNOWLEDGE_AFTER.records - 10 + random(20),
        3500 + random(2000),
      ]) {
        // What each says goes on where the one before it was, or a little before.
        check(await killedAfter(lines, served, verb, id), seen);
      }
      const rest: string[] = [];
      for await (const { childId, seq } of hosted.receive(id)) rest.push(`${childId} ${seq}`);
      check(rest, seen);
      expect([...seen.values()]).toEqual([RECORDS, RECORDS]);
      expect((await hosted.job(id)).hasMoreData).toBe(false);
    },
  );

  test('while it waits leaves the job running, and another receives everything', async () => {
    const gate = deferred<void>();
    const { served, hosted } = await serve(async (context) => {
      context.write('output', Buffer.from('before\n'));
      await gate.promise;
      context.write('output', Buffer.from('after\n'));
      return { kind: 'exit', code: 0 };
    });
    const { id } = await hosted.start(definition(['a']));
    await killedAfter(1, served, 'wait', id);
    expect((await hosted.job(id)).state).toBe('Running');
    gate.resolve();
    const client = await served.client();
    expect((await client.wait(id)).state).toBe('Completed');
    const texts: string[] = [];
    for await (const { data } of client.receive(id)) texts.push(Buffer.from(data).toString());
    expect(texts).toEqual(['before\n', 'after\n']);
  });

  test('with a job of its own takes that with it, and no other', async () => {
    const { served, hosted } = await serve(untilAborted);
    const other = await hosted.start(definition(['b']));
    // `own N`, and the states of job and child.
    await killedAfter(3, served, 'own', 0);
    await eventually(async () => (await hosted.find(EVERY_JOB)).jobs.length === 1);
    expect((await hosted.job(other.id)).state).toBe('Running');
    expect(served.troubles).toEqual([]);
  });
});

async function serve(run: Run): Promise<{ served: Served; hosted: HostedController }> {
  const [hosted] = hostedOnFakes(run);
  watched(hosted);
  const served = await serveHere(hosted);
  open.push(async () => {
    await hosted.dispose();
    await served.close();
  });
  return { served, hosted };
}

/** Every line is one child's next record, or one that was seen before by a client that could not say so any more. */
function check(lines: readonly string[], seen: Map<number, number>): void {
  const places = new Map<number, number>();
  for (const line of lines) {
    const [child = 0, seq = 0] = line.split(' ').map(Number);
    const before = places.get(child);
    if (before === undefined) {
      expect(seq).toBeLessThanOrEqual((seen.get(child) ?? 0) + 1);
      expect(seq).toBeGreaterThan((seen.get(child) ?? 0) - BATCH);
    } else {
      expect(seq).toBe(before + 1);
    }
    places.set(child, seq);
  }
  for (const [child, seq] of places) seen.set(child, Math.max(seq, seen.get(child) ?? 0));
}

/** Starts a client, kills it once it has said so many lines, and gives all it said, when the server has noticed. */
async function killedAfter(
  lines: number,
  served: Served,
  verb: string,
  job: number,
): Promise<readonly string[]> {
  const args = [program, served.paths.socket, VERSION, verb, String(job)];
  const client = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await untilKilled(client, lines);
  await eventually(() => served.server.clients === 0);
  return said;
}

function untilKilled(client: ChildProcess, lines: number): Promise<readonly string[]> {
  let text = '';
  return new Promise((resolve, reject) => {
    client.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.split('\n').length > lines) client.kill('SIGKILL');
    });
    client.once('close', (code, signal) => {
      if (signal === 'SIGKILL') resolve(text.split('\n').slice(0, -1));
      else reject(new Error(`the client ended by itself with ${code}`));
    });
  });
}

/** Says so many records, each its number and some more. */
function numbered(count: number): Run {
  return (context) => {
    for (let number = 1; number <= count; number += 1) {
      context.write('output', Buffer.from(`${number} ${'.'.repeat(500)}\n`));
    }
    return Promise.resolve({ kind: 'exit', code: 0 });
  };
}

function random(below: number): number {
  return Math.floor(Math.random() * below);
}

const RECORDS = 6000;
/** What a client may have used up without having said so: a batch, one on its way, and the one it had in hand. */
const BATCH = 2 * ACKNOWLEDGE_AFTER.records + 2;
