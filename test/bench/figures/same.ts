import type { Bench } from '../bench-setup.ts';
import { row, type Figure } from '../figure.ts';
import { look } from '../flood-run.ts';
import { withController } from '../service/controller.ts';

/**
 * What a controller's memory grows by when thousands of children say the same, and nobody receives it. `share`: of the ten
 * thousand that are promised.
 */
export async function sameFigure(bench: Bench, share = 1): Promise<Figure> {
  const jobs = Math.max(1, Math.round((CHILDREN * share) / bench.hosts.length));
  const children = jobs * bench.hosts.length;
  // The children cost something, whatever they say.
  const silent = await keep(bench, jobs, 'true');
  const kept = await keep(bench, jobs, `seq -f %099.0f ${EACH / 100}`);
  if (kept.held !== children * EACH) throw new Error(`${kept.held} bytes are held`);
  const growth = kept.peakMb - silent.peakMb;
  return {
    title: `${EACH / 1e6} MB that ${children} children said alike, kept`,
    columns: ['said MB', 'grew by MB', 'on the disk'],
    rows: [
      row(
        'kept by a controller',
        [(kept.held / 1e6).toFixed(0), growth.toFixed(0), String(kept.spilled)],
        [
          { name: 'MB', value: growth, atMost: GROWTH_MB },
          { name: 'on the disk', value: kept.spilled, atMost: 0 },
        ],
      ),
    ],
    notes: [
      `${jobs} jobs of ${bench.hosts.length} hosts, real sshd. Growth is of the largest resident memory there was, above that ` +
        'of a controller with as many children that said nothing.',
    ],
  };
}

interface Kept {
  readonly held: number;
  readonly spilled: number;
  readonly peakMb: number;
}

/** Jobs one after another, of which nothing is received. */
function keep(bench: Bench, jobs: number, command: string): Promise<Kept> {
  return withController(bench, ({ muster }) => {
    const hosts = bench.hosts.join(',');
    const { options } = bench.fleet;
    for (let job = 0; job < jobs; job += 1) {
      muster('start', `--hosts=${hosts}`, ...options, '--', command);
      muster('wait', '*');
    }
    const status = JSON.parse(muster('controller', 'status', '-O', 'json')) as Status;
    const { peakMb } = look(status.pid) ?? { peakMb: Number.NaN };
    muster('remove', '*');
    return Promise.resolve({ held: status.bytesHeld, spilled: status.bytesSpilled, peakMb });
  });
}

interface Status {
  readonly pid: number;
  readonly bytesHeld: number;
  readonly bytesSpilled: number;
}

const CHILDREN = 10_000;
/** Bytes of one child: a multiple of the hundred of a line. */
const EACH = 1_000_000;
/** Windows, what is on its way, and one copy. */
const GROWTH_MB = 64;
