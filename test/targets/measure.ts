/** Does one thing, and prints what it took: run by speed.test.ts as a process of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { resourceUsage, stdout } from 'node:process';
import { expandNodeSet } from '../../src/targets/nodeset/expand.ts';
import { foldNodeSet } from '../../src/targets/nodeset/fold.ts';
import { loadInventory, selectTargets } from '../../src/targets/selection.ts';

const SCHEDSTAT = '/proc/self/schedstat';
const [task, argument = ''] = process.argv.slice(2);
const done = await perform();
stdout.write(
  JSON.stringify({ ...done, seconds: onProcessor(), megabytes: resourceUsage().maxRSS / 1024 }),
);

/** Seconds that the main thread had a processor (proc(5), schedstat): what it would take on an idle machine. */
function onProcessor(): number {
  const { userCPUTime, systemCPUTime } = resourceUsage();
  const kept = existsSync(SCHEDSTAT) ? readFileSync(SCHEDSTAT, 'utf8').split(' ')[0] : '0';
  // Not every kernel keeps it: then the time of all threads, which is more.
  return Number(kept) / 1e9 || (userCPUTime + systemCPUTime) / 1e6;
}

async function perform(): Promise<{ count: number; first?: string; last?: string }> {
  if (task === 'load') {
    const inventory = await loadInventory(argument);
    const { targets } = await selectTargets({
      hosts: [],
      groups: [],
      all: true,
      hostsFiles: [],
      exclude: [],
      excludeGroups: [],
      maxHosts: 100_000,
      allowEmpty: false,
      inventory,
      overrides: { user: null, port: null, identities: [], jump: null },
      defaults: { user: 'me', homeDirectory: '/home/me' },
    });
    const [first, last] = [targets[0]?.name ?? '', targets.at(-1)?.name ?? ''];
    return { count: targets.length, first, last };
  }
  if (task === 'yaml') {
    const { load } = await import('js-yaml');
    load(readFileSync(argument, 'utf8'));
    return { count: 1 };
  }
  if (task === 'fold') {
    const names = expandNodeSet(argument, { maxHosts: 200_000 });
    return { count: names.length, first: foldNodeSet(names) };
  }
  // Coprime steps: hardly two of these names have a number in common.
  const names = Array.from(
    { length: Number(argument) },
    (_, index) => `r${String(index % 331)}n${String((index * 7919) % 99_991)}`,
  );
  foldNodeSet(names);
  return { count: new Set(names).size };
}
