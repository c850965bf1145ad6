import type { EmbeddedFleet } from '../../embedded.ts';
import type { JobView } from '../../model/job.ts';
import type { DemoFolder } from './folder.ts';
import { DOWN, FAILING, shares } from './hosts.ts';

/** What is run on the fleet: the words after `muster`. */
export function demoArguments({ inventory, knownHosts }: DemoFolder): readonly string[] {
  return ['run', '-i', inventory, '--known-hosts', knownHosts, '-a', '-b', '--', 'uname', '-sr'];
}

export function introduction(
  fleet: EmbeddedFleet,
  folder: DemoFolder,
  program: string,
): readonly string[] {
  const { length } = fleet.hosts;
  const { web, db } = shares(length);
  return [
    `${length} SSH hosts, web[1-${web}] and db[1-${db}], live inside this process, on loopback addresses.`,
    `${FAILING} was made to fail, and ${DOWN} is down. Their inventory, key and known_hosts are in`,
    `${folder.path} until this ends.`,
    '',
    `$ ${program} ${demoArguments(folder).map(quoted).join(' ')}`,
  ];
}

/** Printed when the run is over. `found`: what did not go as it should. */
export function conclusion(
  job: JobView | null,
  status: number,
  found: readonly string[],
): readonly string[] {
  const state = job === null ? 'was not started' : `ended ${job.state}`;
  const end = `That run ${state}, with exit status ${status}.`;
  if (found.length > 0) return ['', `${end} This is not as it should be:`, ...found];
  return [
    '',
    end,
    'One host that failed makes the whole job fail; nothing that the others said is lost.',
  ];
}

export function linesToTry(
  fleet: EmbeddedFleet,
  folder: DemoFolder,
  program: string,
): readonly string[] {
  const { web } = shares(fleet.hosts.length);
  const inventory = `-i ${quoted(folder.inventory)}`;
  const into = `${inventory} --known-hosts ${quoted(folder.knownHosts)}`;
  return [
    '',
    'The hosts stay up until Ctrl-C. Lines to try in another terminal:',
    '',
    `  ${program} hosts ${inventory} -a --fold`,
    `  ${program} check ${into} -a`,
    `  ${program} run ${into} -w ${quoted(web === 1 ? 'web1' : `web[1-${Math.min(web, 3)}]`)} -- uptime`,
    `  ${program} run ${into} -g web -b -- df`,
    `  ${program} run ${into} -a -x ${DOWN} -O json -- hostname`,
    `  ${program} run ${into} -g web -u 2 -- sleep 60`,
    `  ${program} run ${into} -g web -- help`,
    '',
    'and in the background:',
    '',
    `  ${program} start ${into} -g web --name nap -- sleep 600`,
    `  ${program} jobs`,
    `  ${program} stop nap`,
    `  ${program} controller stop`,
    '',
  ];
}

/** A word as a POSIX shell takes it: as it is, or in single quotes. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
