import { check, type Violation } from './checker/check.ts';
import { History } from './history.ts';
import { Foreground } from './foreground.ts';
import { Load } from './load.ts';
import { Nemesis } from './nemesis.ts';
import { Observer } from './observer.ts';
import { Random } from './random.ts';
import { Readers } from './readers.ts';
import { Rig } from './rig.ts';
import { settle } from './settle.ts';
import { Watch } from './watch.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** How long jobs are started and harm is done; the settling afterwards comes on top. */
  readonly seconds: number;
  readonly hosts: number;
  /** Where the history is kept. */
  readonly folder: string;
  /** Aborted: nothing more is begun, and the run fails. */
  readonly signal?: AbortSignal;
}

export interface ChaosResult {
  readonly violations: readonly Violation[];
  readonly history: Pick<History, 'entries' | 'file'>;
}

/** One random run: the same seed makes the same choices, but what they meet depends on the machine. */
export async function chaos({
  seed,
  seconds,
  hosts,
  folder,
  signal,
}: ChaosOptions): Promise<ChaosResult> {
  const history = new History(folder);
  const random = new Random(seed);
  history.add({ what: 'begin', seed, hosts });
  const rig = await Rig.start(hosts, random.fork(), history);
  try {
    const readers = new Readers(rig);
    const load = new Load(rig, readers, random.fork(), hosts);
    const watch = new Watch(load.jobs);
    const until = performance.now() + seconds * 1000;
    const goesOn = (): boolean => performance.now() < until && signal?.aborted !== true;
    const done = await Promise.allSettled([
      load.run(goesOn),
      new Nemesis(rig, random.fork(), readers).run(goesOn),
      watch.run(goesOn),
      new Foreground(rig, random.fork()).run(goesOn),
      new Observer(rig).run(goesOn),
    ]);
    const failed = done
      .filter((one) => one.status === 'rejected')
      .map((one): unknown => one.reason);
    if (failed.length > 0) throw new AggregateError(failed, 'the run itself failed');
    await settle(rig, load, readers, random.fork());
  } finally {
    await rig.stop();
    history.close();
  }
  return { violations: check(history.entries, rig.blobs), history };
}
