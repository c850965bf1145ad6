import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.ts';
import { ConfigError } from '../../src/model/errors.ts';
import type { FailureError } from '../../src/model/failure.ts';
import type { JobDefinition } from '../../src/model/definition.ts';
import type { JournalledEnd, JournalledJob } from '../../src/model/ports/journal.ts';
import { openJournal, type FileJournal } from '../../src/service/journal/journal.ts';
import { definition } from '../controller/fakes.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

const folder = temporaryFolder('journal');
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const fresh = (): string => join(folder, `journal.${(count += 1)}`);

const warnings: string[] = [];
function open(path: string, largest?: number): FileJournal {
  warnings.length = 0;
  const warn = (text: string): void => void warnings.push(text);
  return openJournal(path, largest === undefined ? { warn } : { warn, largest });
}

function job(
  id: number,
  hosts: readonly string[],
  changes?: Partial<JobDefinition>,
): JournalledJob {
  return {
    id,
    instanceId: `job ${id}`,
    rerunOf: null,
    note: null,
    begin: 1,
    definition: definition(hosts, { name: `job-${id}`, ...changes }),
    instanceIds: hosts.map((host) => `${id} ${host}`),
  };
}

const END: JournalledEnd = {
  outcome: {
    state: 'Completed',
    exitCode: 0,
    signal: null,
    failure: null,
    statusMessage: null,
    endConfirmed: null,
  },
  begin: 5,
  end: 6,
  attempts: 1,
  bytes: { output: 1, error: 0 },
  data: {},
  places: { output: 1, error: 0 },
  isRead: true,
};

const linesOf = (path: string): readonly string[] =>
  readFileSync(path, 'utf8').split('\n').filter(Boolean);

describe('the journal', () => {
  test('tells the next controller of jobs with their ids and names, and of what became of each child', () => {
    const path = fresh();
    const first = open(path);
    first.created(job(1, ['a', 'b', 'c'], { durable: true }));
    first.begun(2, 10);
    first.taken(2, { seq: 3, places: { output: 9, error: 1 } });
    first.taken(2, { seq: 5, places: { output: 12, error: 2 } });
    first.begun(3, 11);
    first.ended(3, END);
    // It was killed: nothing is closed.
    const [found] = open(path).recovered;
    expect(found).toMatchObject({
      id: 1,
      instanceId: 'job 1',
      instanceIds: ['1 a', '1 b', '1 c'],
      missing: null,
      definition: { name: 'job-1', durable: true },
      children: [
        { begun: 10, ended: null, taken: { seq: 5, places: { output: 12, error: 2 } } },
        { begun: 11, ended: END, taken: null },
        { begun: null, ended: null, taken: null },
      ],
    });
    expect(found?.definition.targets.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('a last line that was cut short costs that line, and nothing that is written after it', () => {
    const path = fresh();
    const first = open(path);
    first.created(job(1, ['a']));
    appendFileSync(path, '{"begun":2,"a');
    const second = open(path);
    expect([second.damaged, second.recovered.length]).toEqual([1, 1]);
    second.begun(2, 7);
    const third = open(path);
    expect([third.damaged, third.recovered[0]?.children[0]?.begun]).toEqual([0, 7]);
  });

  test.each([
    ['no JSON', 'hello'],
    ['another kind of line', '{"what":1}'],
    ['a child that there is not', '{"begun":99,"at":1}'],
    ['a job of another version', '{"job":{"id":5,"definition":{}}}'],
    ['null', 'null'],
  ])('a line that holds %s is passed over', (_, line) => {
    const path = fresh();
    open(path).created(job(1, ['a']));
    appendFileSync(path, `${line}\n`);
    const next = open(path);
    expect([next.damaged, next.recovered.map(({ id }) => id)]).toEqual([1, [1]]);
    expect(linesOf(path)).toHaveLength(1);
  });

  test('forgets what was removed, and nothing else; also where that was never written down', () => {
    const path = fresh();
    const first = open(path);
    first.created(job(1, ['a']));
    first.created(job(3, ['b']));
    first.removed(1);
    // One that belonged to its client.
    first.removed(5);
    first.removed(7);
    first.begun(4, 9);
    const next = open(path);
    const { recovered, damaged } = next;
    expect([damaged, recovered.map(({ id }) => id), recovered[0]?.children[0]?.begun]).toEqual([
      0,
      [3],
      9,
    ]);
    next.removed(3);
    expect(readFileSync(path, 'utf8')).not.toContain('job 3');
  });

  test('is made small again where it has grown: of what was overwritten only the last stays', () => {
    const path = fresh();
    const first = open(path, 20_000);
    first.created(job(1, ['a']));
    first.begun(2, 1);
    for (let seq = 1; seq <= 2000; seq += 1) {
      first.taken(2, { seq, places: { output: seq, error: 0 } });
    }
    expect(statSync(path).size).toBeLessThan(30_000);
    expect(open(path).recovered[0]?.children[0]).toMatchObject({ begun: 1, taken: { seq: 2000 } });
    expect(linesOf(path)).toHaveLength(3);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test('keeps for the next controller what it is told to when it is closed', () => {
    const path = fresh();
    const first = open(path);
    for (const id of [1, 3, 5]) first.created(job(id, ['a']));
    first.close([3]);
    first.removed(3);
    expect(open(path).recovered.map(({ id }) => id)).toEqual([3]);
    expect(warnings).toEqual([]);
  });

  test('keeps of a removed job what its hosts are to forget yet, until they have', () => {
    const path = fresh();
    const first = open(path);
    first.created(job(1, ['a', 'b', 'c'], { durable: true }));
    for (const id of [2, 3, 4]) first.begun(id, 10);
    first.ended(3, END);
    first.forgotten(2);
    first.removed(1, [3, 4]);
    first.created(job(5, ['d']));
    first.close([]);
    const second = open(path);
    const [found] = second.recovered;
    expect([second.damaged, second.recovered.map(({ id }) => id)]).toEqual([0, [1]]);
    expect([found?.owing, found?.children.map(({ isForgotten }) => isForgotten)]).toEqual([
      [3, 4],
      [true, false, false],
    ]);
    expect(found?.children[1]?.ended).toEqual(END);
    second.forgotten(3);
    // It was killed, and its lines were written anew by the next.
    expect(open(path).recovered[0]?.owing).toEqual([4]);
    const last = open(path);
    last.forgotten(4);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('tells the next controller which hosts have forgotten, how long a command stood still, and what is to be stopped', () => {
    const path = fresh();
    const first = open(path);
    first.created(job(1, ['a', 'b'], { durable: true }));
    first.forgotten(3);
    first.stood(2, { ms: 0, since: 7 });
    first.stood(2, { ms: 5, since: null });
    first.stopping(3, 'somebody');
    const [found] = open(path).recovered;
    expect([found?.owing, found?.children.map(({ isForgotten }) => isForgotten)]).toEqual([
      null,
      [false, true],
    ]);
    expect(found?.children.map(({ stood }) => stood)).toEqual([{ ms: 5, since: null }, null]);
    expect(found?.children.map(({ stopping }) => stopping)).toEqual([null, 'somebody']);
    // Also when its lines were written anew.
    expect(open(path).recovered[0]?.children[1]?.stopping).toBe('somebody');
  });

  test('holds no secret: no password, no value of a variable, no input', () => {
    const path = fresh();
    const canary = 'canary-4711';
    const { access } = definition([]);
    open(path).created(
      job(1, ['a'], {
        access: {
          ...access,
          password: new Secret(canary),
          passphrase: () => Promise.resolve(canary),
        },
        become: { method: 'sudo', user: 'root', password: new Secret(canary) },
        work: { kind: 'command', command: 'true', env: { TOKEN: canary } },
        input: {
          kind: 'stream',
          open: async function* () {
            yield await Promise.resolve(Buffer.from(canary));
          },
        },
      }),
    );
    expect(readFileSync(path, 'utf8')).not.toContain(canary);
    expect(open(path).recovered[0]?.missing).toBe(
      'its passwords and the values of its variables and its input',
    );
  });

  test('takes a job of 100,000 hosts, and gives it back', () => {
    const path = fresh();
    const hosts = Array.from({ length: 100_000 }, (_, index) => `host-${index}.example.com`);
    const first = open(path);
    const big = job(1, hosts);
    const began = process.cpuUsage();
    first.created(big);
    for (let id = 2; id <= 1001; id += 1) first.begun(id, 1);
    const [found] = open(path).recovered;
    const { user, system } = process.cpuUsage(began);
    expect(found?.children.filter(({ begun }) => begun === 1)).toHaveLength(1000);
    expect(found?.definition.targets.at(-1)?.name).toBe('host-99999.example.com');
    expect((user + system) / 1e6).toBeLessThan(6);
  });
});

const isRoot = process.getuid?.() === 0;
describe.runIf(isRoot)('where the disk is full', () => {
  test('a job is refused, a command is not begun, the rest is warned of once, and what is there stays whole', () => {
    const mount = join(folder, 'small');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mount]);
    try {
      const path = join(mount, 'journal');
      const journal = open(path);
      journal.created(job(1, ['a', 'b']));
      const filler = join(mount, 'filler');
      // To the last byte: what room is left in the journal's own page is filled, too.
      for (let size = 65_536; size >= 1; size /= 2) {
        try {
          appendFileSync(filler, Buffer.alloc(size));
        } catch {
          // That is the point.
        }
      }
      const refusal = refused(() => journal.created(job(4, many(200))));
      expect(refusal).toBeInstanceOf(ConfigError);
      expect(refusal).toMatchObject({ code: 'service' });
      expect((refusal as Error).message).toContain('ENOSPC');
      let begun: unknown = null;
      for (let tries = 0; tries < 500 && begun === null; tries += 1) {
        begun = refused(() => journal.begun(2, tries));
      }
      expect((begun as FailureError).failure).toMatchObject({ code: 'store', mayHaveRun: false });
      journal.ended(2, END);
      journal.ended(3, END);
      expect(warnings).toHaveLength(1);
      rmSync(filler);
      journal.begun(3, 77);
      const next = open(path);
      expect([next.damaged, next.recovered.map(({ id }) => id)]).toEqual([0, [1]]);
      expect(next.recovered[0]?.children[1]?.begun).toBe(77);
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

test('a journal that cannot be opened is said by its name', () => {
  const path = join(folder, 'not-a-folder', 'journal');
  writeFileSync(join(folder, 'not-a-folder'), '');
  expect(refused(() => open(path))).toMatchObject({ code: 'service' });
});

function many(size: number): readonly string[] {
  return Array.from({ length: size }, (_, index) => `host-${index}`);
}

function refused(task: () => void): unknown {
  try {
    task();
    return null;
  } catch (error) {
    return error;
  }
}
