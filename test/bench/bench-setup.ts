import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { removePlainAccount } from '../fleet/account.ts';
import { startFleet, type Fleet, type FleetOptions } from '../fleet/sshd.ts';
import type { Task } from './programs/protocol.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { FANOUT } from './peers.ts';

/** What every figure is measured with. */
export interface Bench {
  readonly fleet: Fleet;
  readonly hosts: readonly string[];
  /** May be written to; removed at the end. */
  readonly folder: string;
  /** The command line of `muster` itself. */
  readonly muster: readonly string[];
  /** The command line of a program of test/bench/programs. */
  readonly program: (
    name: string,
    task: Task | null,
    ...nodeOptions: readonly string[]
  ) => readonly string[];
  /** The task that the programs get for the real fleet. */
  readonly task: Task;
  /** Hosts of a figure's own, which end with the bench where it does not end them itself. */
  readonly moreHosts: (options: FleetOptions) => Promise<Fleet>;
  /** Ends the servers and removes what was made. Calling it again does nothing more. */
  close(): Promise<void>;
}

/** The hosts' user is a plain one with /bin/sh: what root's own shell reads at its start may cost more than a login. */
export async function prepareBench(): Promise<Bench> {
  const bundles = await bundlePrograms();
  const folder = temporaryFolder('bench');
  const fleet = await startFleet({ hosts: HOSTS, user: 'plain' });
  const hosts = fleet.addresses(HOSTS);
  const { port, user, userKey: identity, knownHosts } = fleet;
  let tasks = 0;
  const more: Fleet[] = [];
  let closing: Promise<void> | null = null;
  return {
    fleet,
    hosts,
    folder,
    muster: [process.execPath, join(ROOT, 'bin/muster.js')],
    task: { hosts, port, user, identity, knownHosts, fanout: FANOUT },
    program: (name, task, ...nodeOptions) => {
      const argv = [process.execPath, ...nodeOptions, join(bundles, `${name}.js`)];
      if (task === null) return argv;
      const file = join(folder, `task-${(tasks += 1)}.json`);
      writeFileSync(file, JSON.stringify(task));
      return [...argv, file];
    },
    moreHosts: async (options) => {
      const started = await startFleet(options);
      more.push(started);
      return started;
    },
    close: () => (closing ??= removeAll([fleet, ...more], [folder, bundles])),
  };
}

async function removeAll(fleets: readonly Fleet[], folders: readonly string[]): Promise<void> {
  for (const fleet of fleets) await fleet.stop();
  removePlainAccount(process.pid);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Bundles the programs as the product is bundled, so that no compiler's start is measured with them. */
async function bundlePrograms(): Promise<string> {
  // Inside the checkout, from where ssh2 is found.
  const outdir = join(ROOT, 'node_modules/.cache', `muster-bench-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: PROGRAMS.map((name) => join(import.meta.dirname, 'programs', `${name}.ts`)),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['ssh2'],
    logLevel: 'warning',
  });
  writeFileSync(join(outdir, 'package.json'), '{ "type": "module" }');
  return outdir;
}

/** Builds what `bin/muster.js` runs. */
export function buildMuster(): void {
  const built = spawnSync('npm', ['run', '--silent', 'build:js'], { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the build failed');
}

const ROOT = join(import.meta.dirname, '../..');
const HOSTS = 250;
const PROGRAMS = [
  'bare-cold',
  'bare-warm',
  'muster-warm',
  'durable-true',
  'bare-idle',
  'muster-idle',
  'embedded-hosts',
  'fill-table',
  'receive-all',
  'kinds',
];
