import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from '../setup/run-folder.ts';
import { chaos } from './chaos.ts';
import { report, summary } from './report.ts';

/**
 * A minute, with what begins and ends it. Twenty hosts, because all of them are on this machine, which may have two cores and
 * other tests to run: each host's share of a run is a login and a few processes a second. `npm run chaos` takes 200.
 * Demanded is what must hold in any order of events, and not how much came to pass.
 */
test(
  'a random run of faults, jobs and readers breaks no promise',
  { timeout: 600_000 },
  async () => {
    // Beside the folder of the run, which is removed: what shows a fault is kept.
    const folder = mkdtempSync(join(dirname(runFolder()), 'muster-chaos-'));
    const result = await chaos({ seed: SEED, seconds: 35, hosts: 20, folder });
    console.log(`seed ${SEED}: ${summary(result)}`);
    if (result.violations.length > 0) throw new Error(report(SEED, result));
    rmSync(folder, { recursive: true });
    const kinds = new Set(result.history.entries.map(({ what }) => what));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['act', 'record', 'change', 'begun', 'calm']),
    );
  },
);

/** To be given when a run is to be had again: how things meet depends on the machine, and what is chosen on this. */
const SEED = Number(process.env['MUSTER_CHAOS_SEED'] ?? 1);
