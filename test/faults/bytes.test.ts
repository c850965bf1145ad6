import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { bytesFrom, endOf, eventsOf } from '../helpers/events.ts';
import { filesBelow } from '../helpers/files.ts';
import { runMuster, said, startMuster, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let fleet: Fleet;
let folder: string;
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ hosts: 3 });
  folder = temporaryFolder('bytes');
  hosts = fleet.addresses(3);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await fleet.stop();
});

/** The hosts are this machine: what a test writes to a file here, `cat` sends from there. */
function fileWith(name: string, bytes: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function run(...words: readonly string[]): Promise<MusterResult> {
  return runMuster(['run', '-w', hosts.join(','), ...fleet.options, ...words]);
}

async function digest(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(Buffer.from(chunk));
  return hash.digest('hex');
}

describe('bytes come as they were sent', () => {
  test('F31 binary: 4 MB of every byte value, in JSON and in files', async () => {
    const bytes = Buffer.alloc(
      4 * 1024 * 1024,
      Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
    );
    const file = fileWith('binary', bytes);
    const result = await run(
      '-O',
      'json',
      '--output-dir',
      join(folder, 'out'),
      '--',
      `cat ${file}`,
    );
    expect(result.code).toBe(0);
    for (const child of result.job().children) {
      expect(child.output).toBeUndefined();
      expect(Buffer.from(child.outputBase64 ?? '', 'base64').equals(bytes)).toBe(true);
      expect(child).toMatchObject({
        state: 'Completed',
        error: '',
        bytes: { output: bytes.length },
      });
    }
    const written = filesBelow(join(folder, 'out')).filter((path) => statSync(path).size > 0);
    expect(written).toHaveLength(3);
    for (const path of written) expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('F31 binary: through a pipe in live mode', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at).filter((at) => at !== 10));
    const file = fileWith('line', Buffer.concat([bytes, Buffer.from('\n')]));
    const result = await run('-N', '--', `cat ${file}`);
    expect(result.stdout.equals(Buffer.concat(Array(3).fill(readFileSync(file))))).toBe(true);
  });

  test('F32 invalid UTF-8: base64 in JSON, as it came in a pipe, a replacement on a terminal', async () => {
    const command = String.raw`printf 'a\377\376b\n'`;
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]);
    const json = await run('-O', 'json', '--', command);
    for (const child of json.job().children) {
      expect(child.output).toBeUndefined();
      expect(child.outputBase64).toBe(bytes.toString('base64'));
    }
    const events = await run('-O', 'jsonl', '--', command);
    expect(bytesFrom(events, hosts[0] ?? '').equals(bytes)).toBe(true);
    const live = await run('-N', '--', command);
    expect(live.stdout.equals(Buffer.concat([bytes, bytes, bytes]))).toBe(true);
    const seen = await runMuster(
      ['run', '-w', hosts[0] ?? '', ...fleet.options, '-qN', '--', command],
      {
        terminal: {},
      },
    );
    expect(seen.text).toContain('a\uFFFD\uFFFDb');
    expect(json.code).toBe(0);
  });

  test('F33 split multibyte: one character on screen, whole in JSON', async () => {
    const command = String.raw`printf '\303'; sleep 0.3; printf '\251t\303\251\n'`;
    const json = await run('-O', 'json', '--', command);
    expect(json.job().children.map(({ output }) => output)).toEqual(['été\n', 'été\n', 'été\n']);
    const seen = await runMuster(
      ['run', '-w', hosts[0] ?? '', ...fleet.options, '-qN', '--', command],
      {
        terminal: {},
      },
    );
    expect(seen.text).toContain('été');
    expect(seen.text).not.toContain('\uFFFD');
  });

  test('F36 1 MB line: whole everywhere but on a terminal, which gets 64 kB and the count missing', async () => {
    const line = 'x'.repeat(1024 * 1024);
    const command = `cat ${fileWith('long', line)}`;
    const json = await run('-O', 'json', '--', command);
    expect(json.job().children.every(({ output }) => output === line)).toBe(true);
    const live = await run('--', command);
    const lines = live.text.split('\n').filter(Boolean);
    expect(lines.toSorted()).toEqual(hosts.map((host) => `${host}: ${line}`).toSorted());
    const seen = await runMuster(
      ['run', '-w', hosts[0] ?? '', ...fleet.options, '-q', '--', command],
      {
        terminal: {},
      },
    );
    const shown = seen.text.match(/x+/gu)?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    expect(shown).toBeGreaterThan(60_000);
    expect(shown).toBeLessThanOrEqual(65_536);
    expect(seen.text.replaceAll(/[,_  ]/gu, '')).toContain(String(line.length - shown));
  });

  test('F37 two streams: the order inside each is exact, and every record has its place', async () => {
    const command = 'i=0; while [ $i -lt 10000 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done';
    const result = await run('-O', 'jsonl', '--', command);
    const wanted = (letter: string): string =>
      Array.from({ length: 10_000 }, (_, at) => `${letter}${at}\n`).join('');
    for (const host of hosts) {
      expect(bytesFrom(result, host, 'output').toString() === wanted('o')).toBe(true);
      expect(bytesFrom(result, host, 'error').toString() === wanted('e')).toBe(true);
      const records = eventsOf(result).filter((one) => one.event === 'record' && one.host === host);
      expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
    }
    expect(endOf(result).state).toBe('Completed');
  });
});

describe('input', () => {
  test('F38 remote closes stdin early: head -1 fed 100 MB', async () => {
    const file = fileWith('input', Buffer.alloc(100_000_000, 'first line\n'));
    const result = await run('-O', 'json', '--stdin', file, '--', 'head -1');
    expect(result.code, said(result)).toBe(0);
    expect(result.errorText).toBe('');
    for (const child of result.job().children) {
      expect(child).toMatchObject({ state: 'Completed', exitCode: 0, output: 'first line\n' });
      expect(child.durationMs).toBeLessThan(3_000);
    }
    rmSync(file);
  });

  test('F39 no stdin given: cat ends at once, though our own stdin is open', async () => {
    const muster = startMuster(
      ['run', '-w', hosts.join(','), ...fleet.options, '-O', 'json', '--', 'cat'],
      { keepInputOpen: true },
    );
    const result = await muster.ended;
    expect(result.code).toBe(0);
    for (const child of result.job().children) {
      expect(child).toMatchObject({ state: 'Completed', output: '', exitCode: 0 });
      expect(child.durationMs).toBeLessThan(1_900);
    }
  });
});

test('F41 rekey mid-stream: 60 MB both ways under a limit of 1 MB', async () => {
  const rekeying = await startFleet({ hosts: 1, config: ['RekeyLimit 1M', 'LogLevel DEBUG1'] });
  const input = fileWith('both-ways', Buffer.alloc(60_000_000, 'a line of the stream\n'));
  try {
    const out = join(folder, 'rekeyed');
    const result = await runMuster(
      [
        'run',
        '-w',
        rekeying.addresses(1)[0] ?? '',
        ...rekeying.options,
        '-O',
        'quiet',
        '--stdin',
        input,
        '--output-dir',
        out,
        '--',
        'cat',
      ],
      { deadlineMs: 60_000 },
    );
    expect(result.code, said(result)).toBe(0);
    const file = filesBelow(out).find((path) => statSync(path).size > 0) ?? '';
    expect(await digest(file)).toBe(await digest(input));
    const exchanges = (await rekeying.log()).match(/SSH2_MSG_NEWKEYS received/gu)?.length ?? 0;
    expect(exchanges).toBeGreaterThan(10);
  } finally {
    rmSync(input);
    await rekeying.stop();
  }
}, 60_000);
