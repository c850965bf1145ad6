import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { runMuster, said, type MusterOptions, type MusterResult } from '../helpers/run-muster.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let fleet: Fleet;
let folder: string;
let inventory: string;
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ hosts: 2 });
  hosts = fleet.addresses(2);
  folder = temporaryFolder('script');
  inventory = join(folder, 'hosts.yaml');
  const [one = '', two = ''] = hosts;
  writeFileSync(
    inventory,
    `hosts:\n  "${one}": { vars: { role: "it's $HOME" } }\n  "${two}": { vars: { role: plain } }\n`,
    { mode: 0o600 },
  );
});
afterAll(async () => {
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function muster(args: readonly string[], options: MusterOptions = {}): Promise<MusterResult> {
  const [verb = '', ...rest] = args;
  return runMuster([verb, '-w', hosts.join(','), ...fleet.options, ...rest], options);
}

const TELL = '#!/bin/bash\nprintf "<%s>" "$@"\necho "$A" "$MUSTER_INDEX" >&2\nexit 3\n';

describe('muster script', () => {
  test('runs a script of this machine on every target, and exits with its result', async () => {
    const script = file('tell', TELL);
    const args = ["it's", '', '--flag', '$(id)', 'a\nb', '{host}'];
    const options = ['--controller', 'never', '-e', 'A', '-O', 'json', '--ok-codes', '3'];
    const result = await muster(['script', ...options, script, '--', ...args], {
      env: { A: 'from here' },
    });
    expect(result.code, said(result)).toBe(0);
    const job = result.job();
    expect(job).toMatchObject({ type: 'RemoteJob', state: 'Completed' });
    expect(job.command).toBe([script, ...args].join(' '));
    expect(job.children).toMatchObject(
      hosts.map((host, index) => ({
        host,
        exitCode: 3,
        output: args.map((arg) => `<${arg}>`).join(''),
        error: `from here ${index}\n`,
      })),
    );
    expect((await muster(['script', script])).code).toBe(1);
  });

  test('takes a script from standard input, or input for it, but not both from there', async () => {
    const fromStdin = await muster(['script', '-N', '-', '--', 'x'], {
      input: 'echo "got $1"; cat',
    });
    expect(fromStdin.text).toBe('got x\ngot x\n');
    const cat = file('cat', 'cat');
    expect(
      (await muster(['script', '-b', '--stdin', '-', cat], { input: 'all of it\n' })).text,
    ).toMatch(/\nall of it\n$|^all of it\n/mu);
    const both = await muster(['script', '--stdin', '-', '-'], { input: 'x' });
    expect([both.code, both.errorText]).toEqual([
      2,
      expect.stringContaining('standard input can be read only once'),
    ]);
    const twice = await muster(['script', '--via', 'stdin', '--stdin', cat, cat]);
    expect([twice.code, twice.errorText]).toEqual([
      2,
      expect.stringContaining('--via stdin and --stdin exclude each other'),
    ]);
  });

  test('is a job in the background with the script as it was, and gone from the host', async () => {
    const bg: Background = background();
    try {
      const script = file('nightly.sh', 'echo "as it was: $0 $*"\n');
      const args = ['-w', hosts[0] ?? '', ...fleet.options];
      const made = await bg.json(['script', ...args, '--as-job', '-O', 'json', script, '--', 'a']);
      rmSync(script);
      expect(made).toMatchObject({ type: 'RemoteJob', command: `${script} a` });
      const received = await bg.muster(['receive', '1', '--wait', '-N']);
      expect(received.text).toBe('as it was: /dev/fd/9 a\n');
    } finally {
      await bg.close();
    }
  });

  test('refuses what is wrong before anything is run', async () => {
    const cwd = join(folder, 'refused');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'crlf'), '#!/bin/sh\r\necho\r\n');
    writeFileSync(join(cwd, 'ok'), 'echo ran\n');
    const cases: readonly (readonly [readonly string[], string])[] = [
      [[], 'there is no script to run'],
      [['nothing'], 'cannot read the script nothing (ENOENT)'],
      [['.'], 'cannot read the script . (EISDIR)'],
      [['a', 'b'], '"b" stands before --'],
      [['crlf'], 'crlf has the line ends of Windows'],
      [['-e', '1A=x', 'ok'], '"1A" is no name of a variable'],
      [['-e', 'NOT_THERE', 'ok'], 'there is no variable NOT_THERE here'],
      [['--template', 'ok', '--', '{hots}'], 'a template has no {hots}'],
    ];
    const results = await Promise.all(cases.map(([args]) => muster(['script', ...args], { cwd })));
    for (const [index, result] of results.entries()) {
      expect([result.code, result.text]).toEqual([2, '']);
      expect(result.errorText).toContain(cases[index]?.[1]);
    }
  });
});

describe('commands', () => {
  test('have variables and a folder on their host, and say where there is none', async () => {
    const there = await muster([
      'run',
      '-b',
      '-e',
      "A=it's",
      '--cwd',
      '/usr',
      '--',
      'pwd; echo "$A"',
    ]);
    expect(there.text).toContain("/usr\nit's\n");
    const nowhere = await muster(['run', '-S', '-N', '--cwd', '/no/such', '--', 'echo ran']);
    expect([nowhere.code, nowhere.text]).toEqual([125, '']);
    expect(nowhere.errorText).toContain('muster: there is no folder /no/such');
    const here = await runMuster([
      'run',
      '--local',
      '-N',
      '-e',
      'A=x',
      '--cwd',
      '/usr',
      '--',
      'pwd; echo $A',
    ]);
    expect(here.text).toBe('/usr\nx\n');
  });

  test('are filled in for each host where they are templates, each place one word', async () => {
    const options = ['--template', '-i', inventory];
    const line = `printf '%s|' {host} {vars.role} "{vars.role}" '{vars.role}' {{x}}; echo`;
    const result = await muster(['run', ...options, '-N', '-f', '1', '--', line]);
    const [one = '', two = ''] = hosts;
    expect(result.text, said(result)).toBe(
      `${one}|${"it's $HOME|".repeat(3)}{x}|\n${two}|${'plain|'.repeat(3)}{x}|\n`,
    );
    const dry = await muster([
      'run',
      ...options,
      '--dry-run',
      '-O',
      'json',
      '--',
      'echo {vars.role}',
    ]);
    expect(JSON.parse(dry.text)).toMatchObject({
      targets: [{ command: `echo 'it'\\''s $HOME'` }, { command: `echo 'plain'` }],
    });
    const each = await runMuster(
      ['each', '-w', one, ...fleet.options, ...options, '-N', '--', 'echo {host} {} {{}}'],
      { input: 'a b\n' },
    );
    expect(each.text).toBe(`${one} a b {}\n`);
  });

  test('whose template wants what a host has not are not run at all', async () => {
    const mark = join(folder, 'ran');
    const result = await muster([
      'run',
      '--template',
      '-i',
      inventory,
      '--',
      `touch ${mark}; echo {vars.nope}`,
    ]);
    expect([result.code, result.errorText]).toEqual([
      2,
      expect.stringContaining(`${hosts[0]} has no variable for {vars.nope}`),
    ]);
    expect(readdirSync(folder)).not.toContain('ran');
  });
});
