import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench-setup.ts';
import { ms, row, type Figure } from '../figure.ts';
import { measure } from '../measure.ts';
import { inTurn, median } from '../statistics.ts';

/** A large ssh_config, read, and every host in it resolved: whole processes, nothing is connected to. */
export async function sshConfigFigure(bench: Bench, rounds: number): Promise<Figure> {
  const file = join(bench.folder, 'ssh_config');
  writeFileSync(file, largeConfig());
  const hosts = ['hosts', '-F', file, `web[1-${HOSTS}]`, '--count'];
  const [node = [], one = [], all = []] = await inTurn(rounds, [
    () => measure({ argv: [process.execPath, '-e', '0'] }),
    () => measure({ argv: ['ssh', '-G', '-F', file, `web${HOSTS}`] }),
    () => measure({ argv: [...bench.muster, ...hosts] }),
  ]);
  const wall = (samples: readonly { readonly wallMs: number }[]): number =>
    median(samples.map(({ wallMs }) => wallMs));
  const cpu = (samples: readonly { readonly cpuMs: number }[]): number =>
    median(samples.map(({ cpuMs }) => cpuMs));
  const values = (samples: typeof all): readonly string[] => [ms(wall(samples)), ms(cpu(samples))];
  return {
    title: `An ssh_config of ${HOSTS} Host blocks`,
    columns: ['wall ms', 'CPU ms'],
    rows: [
      row('node -e 0', values(node)),
      row('ssh -G, one host', values(one)),
      row(`muster hosts, ${HOSTS} hosts`, values(all), [
        { name: 'ms', value: wall(all), atMost: 1000 },
      ]),
    ],
    notes: [
      `Each block has an address, a user, a port, a key and a jump host; two blocks with patterns follow. Medians of ${rounds}, in turn.`,
    ],
  };
}

function largeConfig(): string {
  const blocks = Array.from({ length: HOSTS }, (_, index) => {
    const number = index + 1;
    return [
      `Host web${number}`,
      `  HostName 10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
      `  User user${number % 7}`,
      `  Port ${2000 + (number % 10)}`,
      '  IdentityFile ~/.ssh/id_%h',
      `  ProxyJump gate${number % 5}`,
    ].join('\n');
  });
  const last = 'Host web*\n  ServerAliveInterval 30\nHost *\n  ConnectTimeout 5\n';
  return `${blocks.join('\n')}\n${last}`;
}

const HOSTS = 5000;
