import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import { buildIfStale } from '../setup/build.ts';
import { FILE_VARIABLE, runFolder } from '../setup/run-folder.ts';
import { chaos } from './chaos.ts';
import { endRun } from './end-run.ts';
import { recheck } from './recheck.ts';
import { randomSeed, report, summary } from './report.ts';

// npm run chaos [-- --seed N] [--minutes M] [--hosts 200] [--keep]: random faults on a fleet; exits 1 where a promise was
// broken. The history is kept then, and with --keep; --check FOLDER looks at one that was kept once more.
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomSeed()) },
    minutes: { type: 'string', default: '1' },
    hosts: { type: 'string', default: '200' },
    keep: { type: 'boolean', default: false },
    check: { type: 'string' },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const hosts = Number(values.hosts);
if (![seed, minutes, hosts].every((value) => value > 0)) {
  console.error('chaos: --seed, --minutes and --hosts take numbers above 0');
  process.exit(2);
}
if (values.check !== undefined) {
  const again = recheck(values.check);
  console.log(summary(again.result));
  if (again.result.violations.length > 0) console.error(report(again.seed, again.result));
  process.exit(again.result.violations.length > 0 ? 1 : 0);
}
buildIfStale();
const folder = mkdtempSync(join(tmpdir(), 'muster-chaos-'));
// Marks every process on the hosts as one of this run.
process.env[FILE_VARIABLE] = mkdtempSync(join(runFolder(), 'f'));
console.log(`chaos: --seed ${seed} --minutes ${minutes} --hosts ${hosts}`);
const interrupt = new AbortController();
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  // More than once where a terminal and whoever runs this both tell of it.
  process.on(signal, () => {
    if (interrupt.signal.aborted) return;
    interrupt.abort();
    console.error(`chaos: ${signal}: ending whatever this run has begun`);
    void endRun([folder]).finally(() => process.exit(status));
  });
}
try {
  const { signal } = interrupt;
  const result = await chaos({ seed, seconds: minutes * 60, hosts, folder, signal });
  console.log(summary(result));
  if (result.violations.length > 0) {
    console.error(report(seed, result));
    process.exitCode = 1;
  } else if (values.keep) console.log(folder);
  else rmSync(folder, { recursive: true });
} catch (error) {
  // What fails while it is being ended fails for that.
  if (!interrupt.signal.aborted) {
    console.error(`chaos: seed ${seed}: the run itself failed; its history is in ${folder}`);
    console.error(inspect(error, { depth: 8 }));
    process.exitCode = 1;
    await endRun([]);
  }
}
