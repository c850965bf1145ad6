import { availableParallelism, cpus } from 'node:os';
import { buildMuster, prepareBench, type Bench } from './bench-setup.ts';
import { table, type Figure } from './figure.ts';
import { bastionFigure } from './figures/bastion.ts';
import { coldFigure } from './figures/cold.ts';
import { durableFigure } from './figures/durable.ts';
import { factsFigure } from './figures/facts.ts';
import { filesFigure } from './figures/files.ts';
import { floodFigure } from './figures/flood.ts';
import { idleFigure } from './figures/idle.ts';
import { keptFigure } from './figures/kept.ts';
import { kindsFigure } from './figures/kinds.ts';
import { receiveFigure } from './figures/receive.ts';
import { reattachFigure } from './figures/reattach.ts';
import { sameFigure } from './figures/same.ts';
import { sshConfigFigure } from './figures/ssh-config.ts';
import { startupFigure } from './figures/startup.ts';
import { stopFigure } from './figures/stop.ts';
import { tableFigure } from './figures/table.ts';
import { warmFigure } from './figures/warm.ts';
import { firstLine } from './peers.ts';

// npm run bench [-- NAME...]: measures, prints Markdown, exits 1 where a figure is over its limit.
// MUSTER_BENCH_SHARE: of the sizes that are promised, for those that take minutes.
const share = Number(process.env['MUSTER_BENCH_SHARE'] ?? 1);
const FIGURES: Readonly<Record<string, (bench: Bench) => Promise<Figure>>> = {
  cold: (bench) => coldFigure(bench, 5),
  bastion: (bench) => bastionFigure(bench, 3),
  warm: (bench) => warmFigure(bench, 5),
  startup: (bench) => startupFigure(bench, 21),
  idle: (bench) => idleFigure(bench, 1),
  kept: (bench) => keptFigure(bench, 7),
  table: (bench) => tableFigure(bench, 11),
  receive: (bench) => receiveFigure(bench, 3),
  kinds: (bench) => kindsFigure(bench),
  durable: (bench) => durableFigure(bench, 30),
  facts: (bench) => factsFigure(bench, 3),
  files: (bench) => filesFigure(bench, 5),
  reattach: (bench) => reattachFigure(bench, share),
  stop: (bench) => stopFigure(bench, share),
  flood: (bench) => floodFigure(bench, share),
  same: (bench) => sameFigure(bench, share),
  'ssh-config': (bench) => sshConfigFigure(bench, 7),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in FIGURES));
if (unknown === undefined) process.exitCode = await run(asked);
else {
  console.error(`bench: no figure ${unknown}; there are ${Object.keys(FIGURES).join(', ')}`);
  process.exitCode = 2;
}

async function run(names: readonly string[]): Promise<number> {
  buildMuster();
  const preparing = prepareBench();
  // The servers and their account must not outlive us, whenever we are stopped.
  const stop = (): void => {
    void preparing.then((bench) => bench.close()).finally(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const bench = await preparing;
  const over: string[] = [];
  try {
    console.log(`${machine()}\n`);
    for (const [name, figure] of Object.entries(FIGURES)) {
      if (names.length > 0 && !names.includes(name)) continue;
      const result = await figure(bench);
      console.log(table(result));
      over.push(...result.rows.filter((row) => row.verdict === 'over').map(({ what }) => what));
    }
  } finally {
    await bench.close();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  for (const what of over) console.error(`bench: over its limit: ${what}`);
  return over.length === 0 ? 0 : 1;
}

function machine(): string {
  const day = new Date().toISOString().slice(0, 10);
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return [
    `Measured on ${day}: ${availableParallelism()} cores (${model}), Node ${process.versions.node}, ` +
      `${firstLine('ssh', '-V')}; \`npm run bench\`.`,
  ].join('\n');
}
