import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runFolder } from '../setup/run-folder.ts';
import { chaos } from './chaos.ts';
import { randomSeed, report, summary } from './report.ts';

/** Seconds of faults; MUSTER_CHAOS_SECONDS says otherwise. */
const SECONDS = Number(process.env['MUSTER_CHAOS_SECONDS'] ?? 6);
const HOSTS = 10;

test(
  'no promise is broken while hosts, connections, receivers and the controller are killed and stopped',
  { timeout: SECONDS * 1000 + 240_000 },
  async () => {
    const seed = randomSeed();
    // Kept where the test fails, so not below the folder that is removed with the tests' run.
    const kept = mkdtempSync(join(dirname(runFolder()), 'muster-chaos-'));
    console.log(`chaos: --seed ${seed} --hosts ${HOSTS}, for ${SECONDS} s`);
    const result = await chaos({ seed, seconds: SECONDS, hosts: HOSTS, folder: kept });
    console.log(summary(result));
    if (result.violations.length > 0) expect.fail(report(seed, result));
    rmSync(kept, { recursive: true });
  },
);
