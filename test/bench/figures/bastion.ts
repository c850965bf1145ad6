import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startFleet, type Fleet } from '../../fleet/sshd.ts';
import type { Bench } from '../bench-setup.ts';
import { ms, ratio, row, type Figure } from '../figure.ts';
import { measure, type Program } from '../measure.ts';
import { FANOUT, lines, sshSettings } from '../peers.ts';
import { inTurn, median } from '../statistics.ts';

/** The whole of `muster run` on hosts behind one jump host, beside `ssh -J` for each of them. */
export async function bastionFigure(bench: Bench, rounds: number): Promise<Figure> {
  const { hosts } = bench;
  const bastion = await startFleet({ hosts: 1, user: 'plain' });
  try {
    const contenders: readonly (readonly [string, Program])[] = [
      ['xargs -P64 ssh -J', xargsThrough(bench, bastion)],
      ['muster run -J', musterThrough(bench, bastion)],
    ];
    const samples = await inTurn(
      rounds,
      contenders.map(
        ([, one]) =>
          () =>
            measure(one),
      ),
    );
    const walls = samples.map((costs) => median(costs.map(({ wallMs }) => wallMs)));
    const cpus = samples.map((costs) => median(costs.map(({ cpuMs }) => cpuMs)));
    const rows = contenders.map(([what], index) => {
      const wall = walls[index] ?? Number.NaN;
      const cpu = cpus[index] ?? Number.NaN;
      const ofWall = wall / (walls[0] ?? Number.NaN);
      const values = [ms(wall), ratio(ofWall), ms(cpu), ratio(cpu / (cpus[0] ?? Number.NaN))];
      const bounds = [{ name: 'wall', value: ofWall, atMost: WALL_LIMIT }];
      return row(what, values, index === 0 ? [] : bounds);
    });
    return {
      title: `\`true\` on ${hosts.length} hosts behind one jump host, ${FANOUT} at once, nothing open before`,
      columns: ['wall ms', 'of xargs', 'CPU ms', 'of xargs'],
      rows,
      notes: [
        `Whole processes; medians of ${rounds}, in turn. Both with curve25519-sha256, aes128-gcm and the same key to the ` +
          'jump host and to the hosts. The servers share the machine.',
      ],
    };
  } finally {
    await bastion.stop();
  }
}

/** ssh's own ssh for the jump host knows no more than what the file says. */
function xargsThrough({ fleet, hosts, folder }: Bench, bastion: Fleet): Program {
  const config = join(folder, 'bastion.ssh_config');
  const settings = { ...sshSettings(fleet), UserKnownHostsFile: known(folder, fleet, bastion) };
  const said = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  writeFileSync(config, lines(said));
  const jump = `${bastion.user}@${addressOf(bastion)}:${bastion.port}`;
  return {
    argv: ['xargs', `-P${FANOUT}`, '-I{}', 'ssh', '-F', config, '-J', jump, '{}', 'true'],
    input: lines(hosts),
  };
}

function musterThrough({ fleet, hosts, folder, muster }: Bench, bastion: Fleet): Program {
  const jump = `${bastion.user}@${addressOf(bastion)}:${bastion.port}`;
  const options = [
    `--hosts=${hosts.join(',')}`,
    `--jump=${jump}`,
    `--user=${fleet.user}`,
    `--port=${fleet.port}`,
    `--identity=${fleet.userKey}`,
    `--known-hosts=${known(folder, fleet, bastion)}`,
    '--output=quiet',
  ];
  return { argv: [...muster, 'run', ...options, '--', 'true'] };
}

function known(folder: string, fleet: Fleet, bastion: Fleet): string {
  const file = join(folder, 'bastion.known_hosts');
  const texts = [fleet, bastion].map(({ knownHosts }) => readFileSync(knownHosts, 'utf8'));
  writeFileSync(file, texts.join(''));
  return file;
}

function addressOf(bastion: Fleet): string {
  return bastion.addresses(1)[0] ?? '';
}

const WALL_LIMIT = 0.6;
