import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LockFiles } from '../../src/service/lock-files.ts';
import type { LockOwner } from '../../src/service/lock-owner.ts';
import { takeLock } from '../../src/service/lock.ts';

const LOCK = '/run/muster/default.lock';

/**
 * Many processes want one lock, each step of theirs is one call on a file, and the order of all steps, who is killed and
 * before which of its steps is the test's. What holds: never two living owners; and whoever is left alive comes to an end.
 */
describe('the lock', () => {
  test('never has two owners, whoever dies at whatever step, and is free for the next', async () => {
    const lives = fc.array(
      fc.record({
        diesAfter: fc.option(fc.nat({ max: 40 }), { nil: Infinity, freq: 2 }),
        rounds: fc.integer({ min: 1, max: 3 }),
      }),
      { minLength: 2, maxLength: 6 },
    );
    const order = fc.infiniteStream(fc.nat({ max: 1_000_000 }));
    await fc.assert(
      fc.asyncProperty(lives, fc.boolean(), order, async (lives, stale, order) => {
        const world = new World(order);
        if (stale) world.disk.set(LOCK, JSON.stringify(ownerOf(999)));
        const all = lives.map((life, index) => world.live(index + 1, life));
        await world.run(all);
        expect(world.mostOwners).toBeLessThanOrEqual(1);
        // What the dead left behind is nobody's obstacle.
        const last = world.live(500, { diesAfter: Infinity, rounds: 1 });
        await world.run([last]);
        expect(world.owned.has(500)).toBe(true);
        expect(world.disk.has(LOCK)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a lock without its bytes, as a power cut leaves it, is replaced, and so is its guard', async () => {
    for (const torn of ['', '{"pid":', '{}', '[]', '{"pid":-1,"uuid":"x"}']) {
      const world = new World(
        fc.sample(fc.infiniteStream(fc.nat()), 1)[0] ?? [][Symbol.iterator](),
      );
      world.disk.set(LOCK, torn);
      await world.run([world.live(1, { diesAfter: 5, rounds: 1 })]);
      const guards = [...world.disk.keys()].filter((name) => name.includes('.over-'));
      expect(guards).toHaveLength(1);
      for (const guard of guards) world.disk.set(guard, torn);
      await world.run([world.live(2, { diesAfter: Infinity, rounds: 1 })]);
      expect(world.owned.has(2)).toBe(true);
    }
  });

  test('is busy while its owner lives, and says who that is', async () => {
    const world = new World([].values());
    const owner = ownerOf(7);
    world.alive.add(7);
    world.disk.set(LOCK, JSON.stringify(owner));
    const taking = world.take(8);
    await world.run([taking.then(() => undefined)]);
    expect(await taking).toEqual(owner);
    expect([...world.disk.keys()]).toEqual([LOCK]);
  });
});

interface Life {
  /** Steps after which it is killed. */
  readonly diesAfter: number;
  /** So many times it takes the lock and gives it back. */
  readonly rounds: number;
}

class World {
  readonly disk = new Map<string, string>();
  readonly alive = new Set<number>();
  /** Who ever had the lock. */
  readonly owned = new Set<number>();
  mostOwners = 0;
  readonly #owners = new Set<number>();
  readonly #order: Iterator<number>;
  #waiting: (() => void)[] = [];

  constructor(order: Iterator<number>) {
    this.#order = order;
  }

  /** Resolves when it has done its rounds or is dead. */
  live(pid: number, { diesAfter, rounds }: Life): Promise<void> {
    this.alive.add(pid);
    return new Promise((resolve, reject) => {
      let steps = 0;
      const step = async (): Promise<void> => {
        if (steps++ >= diesAfter) {
          this.alive.delete(pid);
          this.#owners.delete(pid);
          resolve();
          await new Promise(() => undefined);
        }
        await this.#turn();
      };
      const files = this.#files(step);
      const run = async (): Promise<void> => {
        for (let round = 0; round < rounds;) {
          const own = ownerOf(pid * 1_000 + round, pid);
          const other = await takeLock(LOCK, own, this.#parts(files, step));
          await step();
          if (other !== null) continue;
          round += 1;
          this.owned.add(pid);
          this.#owners.add(pid);
          this.mostOwners = Math.max(this.mostOwners, this.#owners.size);
          await step();
          this.#owners.delete(pid);
          if (this.disk.get(LOCK)?.includes(own.uuid) !== true)
            throw new Error('the lock was lost');
          await files.remove(LOCK);
        }
        this.alive.delete(pid);
      };
      run().then(resolve, reject);
    });
  }

  take(pid: number): Promise<LockOwner | null> {
    const step = (): Promise<void> => this.#turn();
    return takeLock(LOCK, ownerOf(pid), this.#parts(this.#files(step), step));
  }

  /** Lets one waiting step happen after another, in the test's order, until all have come to an end. */
  async run(all: readonly Promise<void>[]): Promise<void> {
    let over = false;
    const done = Promise.all(all).finally(() => {
      over = true;
    });
    for (let steps = 0; ; steps += 1) {
      // Everything that can go on without a step of its own does so first.
      await new Promise((resolve) => setImmediate(resolve));
      if (over) break;
      if (steps > 20_000) throw new Error('they never come to an end');
      const index = Number(this.#order.next().value ?? 0) % Math.max(this.#waiting.length, 1);
      this.#waiting.splice(index, 1)[0]?.();
    }
    await done;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #parts(files: LockFiles, step: () => Promise<void>): Parameters<typeof takeLock>[2] {
    return { files, isAlive: ({ pid }) => this.alive.has(pid), pause: step };
  }

  /** Each call happens at once, after its turn has come. */
  #files(step: () => Promise<void>): LockFiles {
    const { disk } = this;
    return {
      create: async (path, text) => {
        await step();
        if (disk.has(path)) throw new Error(`${path} is there already`);
        disk.set(path, text);
      },
      link: async (from, to) => {
        await step();
        const text = disk.get(from);
        if (text === undefined) throw new Error(`${from} is gone`);
        if (disk.has(to)) return false;
        disk.set(to, text);
        return true;
      },
      read: async (path) => {
        await step();
        return disk.get(path) ?? null;
      },
      remove: async (path) => {
        await step();
        disk.delete(path);
      },
    };
  }
}

/** `number` makes its uuid. */
function ownerOf(number: number, pid: number = number): LockOwner {
  const uuid = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { pid, start: null, boot: null, host: null, uuid };
}
