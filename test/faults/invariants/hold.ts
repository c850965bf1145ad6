import { existsSync, readFileSync } from 'node:fs';
import { afterAll, aroundEach, beforeAll, expect } from 'vitest';
import { askedOfHosts } from '../../fixtures/ssh-host.ts';
import { sessionsBegun } from '../../fleet/sshd.ts';
import { watchRuns, type MusterRun } from '../../helpers/run-muster.ts';
import { Watch, type Watchable } from './controllers.ts';
import { checkLeftSoon, openNow } from './leftovers.ts';
import { checkRun, type RunSeen } from './run.ts';
import { checkSent } from './sent.ts';
import { violation, type Violation } from './violation.ts';

/**
 * Has every test of a file fail that broke an invariant, whatever else it looks at: of each run of the command, and of each
 * controller that is given to `watched`.
 */
export function holdInvariants(): void {
  let stop: () => void = () => undefined;
  beforeAll(() => {
    stop = watchRuns((run) => void (current?.runs ?? between).push(run));
  });
  afterAll(() => stop());
  aroundEach(async (runTest) => {
    const test = new Test();
    current = test;
    try {
      await runTest();
    } finally {
      current = null;
    }
    expect(await test.violations()).toEqual([]);
  });
}

/** Has the jobs of a controller in this process held against the invariants, too: of one test, or of all of a file. */
export function watched<T extends Watchable>(controller: T, fanout: number = DEFAULT_FANOUT): T {
  if (current === null) forFile.push({ controller, fanout });
  else current.watch(controller, fanout);
  return controller;
}

const forFile: { readonly controller: Watchable; readonly fanout: number }[] = [];
/** Begun before the test that waits for them. */
const between: MusterRun[] = [];
let current: Test | null = null;

class Test {
  readonly runs: MusterRun[] = [];
  readonly #open = openNow();
  readonly #sessions = sessionsBegun();
  readonly #asked = askedOfHosts().map(({ length }) => length);
  readonly #hasOthers = between.length > 0;
  readonly #watches: Watch[] = [];

  constructor() {
    for (const { controller, fanout } of forFile) this.watch(controller, fanout);
  }

  watch(controller: Watchable, fanout: number): void {
    this.#watches.push(new Watch(controller, fanout));
  }

  async violations(): Promise<readonly Violation[]> {
    const ofControllers = await Promise.all(this.#watches.map((watch) => watch.end()));
    const left = await checkLeftSoon(this.#open);
    const ended: RunSeen[] = [];
    const unended: Violation[] = [];
    for (const run of this.runs) {
      const seen = await Promise.race([seenOf(run), nothing()]);
      if (seen !== null) ended.push(seen);
      else unended.push(violation('nothing is left', `goes on: ${run.args.join(' ')}`));
    }
    const earlier = await endedOfThose(between);
    const asked = askedOfHosts().map((commands, at) => commands.slice(this.#asked[at] ?? 0));
    // Whose sessions they are cannot be told, where others have begun some, too.
    const isAlone = this.#watches.length === 0 && !this.#hasOthers;
    const sessions = isAlone ? sessionsBegun() - this.#sessions : 0;
    return [
      ...ofControllers.flat(),
      ...left,
      ...unended,
      ...[...ended, ...earlier].flatMap(checkRun),
      ...checkSent([...ended, ...earlier], { asked, sessions }),
    ];
  }
}

/** Takes those away that have ended. */
async function endedOfThose(runs: MusterRun[]): Promise<readonly RunSeen[]> {
  const ended: RunSeen[] = [];
  for (const run of runs.splice(0)) {
    const seen = await Promise.race([seenOf(run), nothing()]);
    if (seen === null) runs.push(run);
    else ended.push(seen);
  }
  return ended;
}

async function seenOf({ args, options, isHeard, ended }: MusterRun): Promise<RunSeen> {
  const { result, left } = await ended;
  const isOnTerminal = options.terminal !== undefined;
  return { args, isOnTerminal, isHeard: isHeard(), result, left, secrets: secretsIn(args) };
}

/** A turn later: what has ended by now is told before. */
function nothing(): Promise<null> {
  return new Promise((resolve) => setImmediate(() => resolve(null)));
}

/** Long lines of the private keys that it is given. */
function secretsIn(args: readonly string[]): readonly string[] {
  const files = args.flatMap((word) => /^--identity=(.+)$/u.exec(word)?.[1] ?? []);
  return files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line.length > 40);
}

const DEFAULT_FANOUT = 64;
