import { readFileSync } from 'node:fs';
import { systemClock } from '../../../src/base/clock.ts';
import type { Access } from '../../../src/model/access.ts';
import type { Target } from '../../../src/model/target.ts';
import { createTransport } from '../../../src/transport/transport.ts';

interface Job {
  readonly targets: readonly Target[];
  readonly access: Access;
}

/**
 * A program: reads targets and access from the file it is given, runs `true` on all targets at once, and prints how
 * each ended and what it was warned of. Idle connections are kept, to be given up when somebody needs the descriptor.
 */
async function main(file: string): Promise<void> {
  const { targets, access } = JSON.parse(readFileSync(file, 'utf8')) as Job;
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const transport = createTransport({ clock: systemClock, keepMs: 60_000, warn });
  await transport.prepare(targets, access, true);
  const signal = new AbortController().signal;
  const observer = { phase: () => undefined, trace: null, warning: () => undefined };
  const ends = await Promise.all(
    targets.map(async (target) => {
      try {
        const connection = await transport.connect({
          target,
          access,
          connectTimeoutMs: 10_000,
          observer,
          ask: null,
          keepMs: null,
          signal,
        });
        const channel = await connection.exec('true', { data: () => undefined });
        channel.endInput();
        const end = await channel.ended;
        connection.release();
        return end.kind;
      } catch (error) {
        return error instanceof Error ? error.message : 'failed';
      }
    }),
  );
  await transport.close();
  process.stdout.write(JSON.stringify({ ends, warnings }));
}

void main(process.argv[2] ?? '');
