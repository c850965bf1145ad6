import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fleetForFile } from '../fleet/for-file.ts';
import { eventually } from '../helpers/eventually.ts';
import { Controller, type Received } from '../../src/index.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { holdInvariants, watched } from './invariants/hold.ts';

holdInvariants();

const fleet = await fleetForFile();
let disk: string;
let memory: string;
beforeEach(() => {
  disk = temporaryFolder('disk');
  // Where there is none, the path says so as well as a tmpfs does.
  memory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/muster-test-') : '/proc/none';
});
afterEach(() => {
  rmSync(disk, { recursive: true });
  if (memory.startsWith('/dev')) rmSync(memory, { recursive: true });
});

function controllerAt(spillFolder: string): Controller {
  return watched(new Controller({ access: fleet.access(), memoryBytes: 1024 ** 2, spillFolder }));
}

async function bytesOf(source: AsyncIterable<Received>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { data } of source) pieces.push(data);
  return Buffer.concat(pieces);
}

/** A line's number is where it is. */
const NUMBERS = 'seq -f %015.0f 1 500000';
const WHOLE = 16 * 500_000;

describe('results that nobody reads', () => {
  test('past the memory for them go to the disk, and are received byte by byte', async () => {
    const controller = controllerAt(disk);
    const job = await controller.start({ hosts: [fleet.target(host())], command: NUMBERS });
    const { children } = await job.wait();
    expect(children[0]).toMatchObject({ state: 'Completed', bytes: { output: WHOLE } });
    const { bytesHeld, bytesSpilled } = await controller.status();
    expect(bytesHeld).toBe(WHOLE);
    expect(bytesSpilled).toBeGreaterThan(WHOLE - 1024 ** 2);
    expectNumbers(await bytesOf(job.receive()), WHOLE);
    expect(await controller.status()).toMatchObject({ bytesHeld: 0, bytesSpilled: 0 });
    await controller.dispose();
  });

  test('F46 without room on the disk: Failed, store; the command is stopped; what was stored is readable', async () => {
    const controller = controllerAt(memory);
    const [loud, quiet] = fleet.addresses(2);
    const job = await controller.start({
      hosts: [fleet.target(loud ?? ''), fleet.target(quiet ?? '')],
      command: `case "$SSH_CONNECTION" in *" ${quiet} "*) exit 0;; esac; ${NUMBERS}; exec sleep 4639`,
    });
    const view = await job.wait();
    expect(view).toMatchObject({ state: 'Failed', counts: { failed: 1, completed: 1 } });
    const [child] = view.children;
    expect(child).toMatchObject({
      state: 'Failed',
      failure: { phase: 'local', code: 'store', mayHaveRun: true },
      endConfirmed: true,
    });
    expect(child?.failure?.message).toContain(memory);
    expect(child?.failure?.message.length).toBeLessThanOrEqual(200);
    const stored = await bytesOf(job.receive());
    expect(stored.length).toBe(child?.bytes.output);
    expect(stored.length).toBeGreaterThan(1024 ** 2 / 2);
    expectNumbers(stored, stored.length);
    await controller.dispose();
    await eventually(() => fleet.connectionPids().length === 0);
  });
});

function host(): string {
  return fleet.addresses(1)[0] ?? '';
}

/** The first bytes of what was sent, none missing, none twice. */
function expectNumbers(bytes: Buffer, length: number): void {
  expect(bytes.length).toBe(length);
  const whole = Math.floor(length / 16);
  for (const at of [0, 1, Math.floor(whole / 3), Math.floor(whole / 2), whole - 1]) {
    expect(bytes.toString('latin1', at * 16, at * 16 + 16)).toBe(`${at + 1}\n`.padStart(16, '0'));
  }
}
