import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../src/model/job.ts';
import type { JobController } from '../../src/model/ports/controller.ts';
import type { JobState } from '../../src/model/state.ts';
import type { Target } from '../../src/model/target.ts';
import { definitionOf } from '../../src/start-request.ts';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { eventually } from '../helpers/eventually.ts';
import { signalProcess } from '../helpers/processes.ts';
import { encryptKey } from '../transport/credentials/keygen.ts';
import {
  countsOf,
  endOf,
  lettersOf,
  PLACE,
  ROWS,
  ROWS_AFTER_STOP,
  ROWS_ON_THE_WAY,
  STATE_OF,
  type Letter,
} from './rows.ts';

/** A controller by one of its faces, and how to let go of it. */
export interface Face {
  readonly controller: JobController;
  close(): Promise<void>;
}

/** The rows of the table of a parent's states, each with a real job on three hosts that are real sshd. */
export function truthTable(name: string, open: () => Promise<Face>): void {
  describe(`the state of a job's parent, by ${name},`, { timeout: 60_000 }, () => {
    let fleet: Fleet;
    let face: Face;
    let hosts: readonly string[];
    /** No connection to these is there to be used again: each is used once. */
    let fresh: string[];
    let lockedKey: string;
    let count = 0;

    beforeAll(async () => {
      fleet = await startFleet();
      [hosts, fresh] = [fleet.addresses(3), fleet.addresses(16).slice(3)];
      lockedKey = join(fleet.folder, 'locked');
      copyFileSync(fleet.userKey, lockedKey);
      chmodSync(lockedKey, 0o600);
      encryptKey(lockedKey, PASSPHRASE);
      face = await open();
    });
    afterAll(async () => {
      await face.close();
      await fleet.stop();
    });

    test('N N N, just launched: Running', async () => {
      const { controller } = face;
      const targets = hosts.map((host) => fleet.target(host));
      const view = await start(targets, ['true'], 1);
      expect(view.children.map(({ state }) => state)).toEqual(Array(3).fill('NotStarted'));
      expect(view).toMatchObject({ state: 'Running', counts: countsOf(['N', 'N', 'N']) });
      await controller.wait(view.id);
    });

    test.concurrent.each(ROWS)('%s: %s', (letters, parent) =>
      row(lettersOf(letters), parent, false),
    );

    test.concurrent.each(ROWS_AFTER_STOP)('%s after a stop of the parent: %s', (letters, parent) =>
      row(lettersOf(letters), parent, true),
    );

    // These hold up every login there is: one at a time.
    test.each(ROWS_ON_THE_WAY)('%s: %s', (letters, parent) =>
      row(lettersOf(letters), parent, false),
    );

    test('R N N, suspended as a job: Suspended, and resumed: Running', async () => {
      const { controller } = face;
      const job = await setUp(['R', 'N', 'N']);
      await controller.suspend(job.id);
      const held = await controller.job(job.id);
      expect(held).toMatchObject({ state: 'Suspended', counts: countsOf(['U', 'U', 'U']) });
      await controller.resume(job.id);
      const resumed = await controller.job(job.id);
      expect(resumed).toMatchObject({ state: 'Running', counts: countsOf(['R', 'N', 'N']) });
      job.letGo();
      expect((await controller.wait(job.id)).state).toBe('Completed');
    });

    test('R N N, stopped as a job: Stopped, and who was queued never began', async () => {
      const { controller } = face;
      const job = await setUp(['R', 'N', 'N']);
      await controller.stop(job.id, 'a test');
      const view = await controller.job(job.id);
      expect(view).toMatchObject({ state: 'Stopped', counts: countsOf(['S', 'S', 'S']) });
      expect(view.children.map(({ begin }) => begin === null)).toEqual([false, true, true]);
    });

    test('B R R, answered: Running, and then Completed', async () => {
      const { controller } = face;
      const job = await setUp(['B', 'R', 'R']);
      expect((await controller.job(job.id)).state).toBe('Blocked');
      const [question] = (await controller.job(job.id)).children.flatMap(
        (one) => one.question ?? [],
      );
      await controller.answer(job.id, question?.id ?? '', PASSPHRASE);
      const view = await controller.job(job.id);
      expect(view).toMatchObject({ state: 'Running', counts: countsOf(['R', 'R', 'R']) });
      job.letGo();
      expect((await controller.wait(job.id)).state).toBe('Completed');
    });

    /** Drives three children to where the letters say, looks at the parent, lets go, and looks again at the end. */
    async function row(
      letters: readonly Letter[],
      parent: JobState,
      stopped: boolean,
    ): Promise<void> {
      const { controller } = face;
      if (letters.includes('I')) {
        // A login is held up by a server that does not answer; the other two need none, for they are logged in.
        await logIn();
        signalProcess(fleet.pid, 'SIGSTOP');
      }
      const asked: Promise<void>[] = [];
      try {
        const job = await setUp(letters);
        if (stopped) asked.push(controller.stop(job.id, 'a test'));
        for (const { letter, id } of job.children) {
          if ('ST'.includes(letter) && !stopped) asked.push(controller.stop(id, 'a test'));
          if ('UI'.includes(letter)) asked.push(controller.suspend(id));
        }
        const wanted = job.children.map(({ letter }) => STATE_OF[letter]);
        const view = await until(job.id, ({ children }) =>
          children.every(({ state }, index) => state === wanted[index]),
        );
        expect(view.state).toBe(parent);
        expect(view.counts).toEqual(countsOf(letters));

        signalProcess(fleet.pid, 'SIGCONT');
        job.letGo();
        if (letters.includes('B')) asked.push(controller.stop(job.id, 'a test'));
        await Promise.all(asked);
        for (const { id, state } of (await controller.job(job.id)).children) {
          if (state === 'Suspended') await controller.resume(id);
        }
        const ended = await controller.wait(job.id, { until: 'finished' });
        expect(ended.state).toBe(endOf(letters));
        await controller.remove(job.id);
      } finally {
        signalProcess(fleet.pid, 'SIGCONT');
        await Promise.allSettled(asked);
      }
    }

    /** Starts a job, and waits until each child is where it gets by itself. */
    async function setUp(letters: readonly Letter[]): Promise<Prepared> {
      const ordered = letters.toSorted((a, b) => PLACE.indexOf(a) - PLACE.indexOf(b));
      count += 1;
      const folder = join(fleet.folder, `row${count}`);
      mkdirSync(folder);
      const go = join(folder, 'go');
      const targets = ordered.map((letter, index) => {
        const host = (letter === 'I' ? fresh.shift() : hosts[index]) ?? '';
        return fleet.target(host, letter === 'B' ? { identities: [lockedKey] } : {});
      });
      const slots = ordered.filter((letter) => !'CFN'.includes(letter)).length;
      const scripts = ordered.map((letter) => scriptOf(letter, go));
      const { id } = await start(targets, scripts, ordered.includes('N') ? slots : 3);
      const view = await until(id, ({ children }) =>
        children.every(({ state, bytes }, index) => {
          const letter = ordered[index] ?? 'N';
          if ('RTSU'.includes(letter)) return state === 'Running' && bytes.output > 0;
          return state === (letter === 'I' ? 'Running' : STATE_OF[letter]);
        }),
      );
      const children = view.children.map((child, index) => ({
        id: child.id,
        letter: ordered[index] ?? 'N',
      }));
      return { id, children, letGo: () => writeFileSync(go, '') };
    }

    /** Leaves a connection to each of the three hosts that is there to be used. */
    async function logIn(): Promise<void> {
      const targets = hosts.map((host) => fleet.target(host));
      const { id } = await start(targets, ['true'], 3);
      expect((await face.controller.wait(id)).state).toBe('Completed');
    }

    /** One script for each target, which it knows by the address that it was reached at. */
    async function start(
      targets: readonly Target[],
      scripts: readonly string[],
      fanout: number,
    ): Promise<JobView> {
      const cases = targets.map(({ address }, index) => {
        return `*" ${address} "*) ${scripts[index] ?? scripts[0]};;`;
      });
      const command = `case $SSH_CONNECTION in ${cases.join(' ')} esac`;
      const request = {
        hosts: targets,
        command,
        fanout,
        graceMs: 60_000,
        connectTimeoutMs: 40_000,
      };
      const access = fleet.access({ prompt: 'when-needed' });
      return face.controller.start(await definitionOf(request, access));
    }

    function until(id: number, isSo: (view: JobView) => boolean): Promise<JobView> {
      let last = '';
      const look = async (): Promise<JobView | null> => {
        const view = await face.controller.job(id);
        last = view.children.map(({ state }) => state).join(' ');
        return isSo(view) ? view : null;
      };
      return eventually(look, { deadlineMs: 30_000 }).catch((error: unknown) => {
        throw new Error(`the children are ${last}`, { cause: error });
      });
    }
  });
}

interface Prepared {
  readonly id: number;
  /** In target order, which is not the letters' own. */
  readonly children: readonly { readonly id: number; readonly letter: Letter }[];
  /** Lets every command end that waits. */
  letGo(): void;
}

function scriptOf(letter: Letter, go: string): string {
  const wait = `echo ready; until [ -e ${go} ]; do sleep 0.1; done`;
  if (letter === 'C') return 'exit 0';
  if (letter === 'F') return 'exit 3';
  return letter === 'T' ? `trap "" TERM; ${wait}` : wait;
}

const PASSPHRASE = 'open sesame';
