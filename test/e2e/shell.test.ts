import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { remoteProcesses } from '../helpers/processes.ts';
import { said, type MusterProcess, type MusterResult } from '../helpers/run-muster.ts';

let fleet: Fleet;
let bg: Background;
let hosts: readonly string[];
beforeAll(async () => {
  fleet = await startFleet({ hosts: 3 });
  hosts = fleet.addresses(3);
  bg = background();
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

const argumentsOf = (): readonly string[] => ['shell', ...fleet.options, '-w', hosts.join(',')];

function typed(...lines: readonly string[]): Promise<MusterResult> {
  return bg.muster(argumentsOf(), { input: lines.map((line) => `${line}\n`).join('') });
}

describe('lines from a pipe', { timeout: 60_000 }, () => {
  test('each runs on every target, gathered, and the last one gives the exit status', async () => {
    const result = await typed('echo same', '# a note', '', 'exit 3');
    expect(result.text).toMatch(/^-+\n127\.\S+ \(3\)\n-+\nsame\n$/u);
    expect(result.errorText).toContain('exit code 3');
    expect(result.code, said(result)).toBe(1);
  });

  test('each host keeps its own folder from line to line, case 93: also in the background', async () => {
    const result = await typed('cd /usr', 'cd lib', 'pwd', 'pwd &', ':wait *', ':receive * -N');
    expect(result.text).toMatch(/^-+\n.* \(3\)\n-+\n\/usr\/lib\n/u);
    expect(result.text.match(/^\/usr\/lib$/gmu)).toHaveLength(4);
    expect(result.code, said(result)).toBe(0);
    await bg.muster(['remove', '*']);
  });

  test('targets are changed by colon commands, and a mistake changes nothing', async () => {
    const [first = '', second = ''] = hosts;
    const result = await typed(
      `:drop ${first}`,
      ':drop nobody',
      ':hosts',
      `:target ${second}`,
      ':hosts',
    );
    expect(result.text.trim().split('\n')).toEqual([...hosts.slice(1), second]);
    expect(result.errorText).toContain('nobody');
  });

  test('a host that refuses the password is asked once, and not with every line', async () => {
    const words = ['shell', '--user=stranger', `--port=${fleet.port}`, '-w', hosts[0] ?? ''];
    const keys = [`--identity=${fleet.userKey}`, `--known-hosts=${fleet.knownHosts}`];
    const result = await bg.muster([...words, ...keys, '--pass-fd', '3'], {
      input: 'true\ntrue\ntrue\n',
      through: ['sh', '-c', 'exec "$@" 3<<E\nwrong\nE', 'sh'],
    });
    expect(result.code, said(result)).toBe(4);
    expect(result.errorText.match(/login of stranger .* was denied/gu)).toHaveLength(3);
    expect((await fleet.log()).match(/^Invalid user stranger/gmu)).toHaveLength(1);
  });

  test('a colon command that does not exist is a mistake that names what it was near', async () => {
    const result = await typed(':recieve 1');
    expect(result.errorText).toContain('did you mean :receive?');
    expect(result.code).toBe(2);
  });

  test('case 89: & at the end makes a job, at once, that the job verbs know', async () => {
    const result = await typed(
      'sleep 60 &',
      ':jobs',
      ':stop *',
      ':jobs --state stopped',
      ':remove *',
    );
    expect(result.text).toMatch(/RemoteJob +Running .* sleep 60\n/u);
    expect(result.text).toMatch(/RemoteJob +Stopped .* sleep 60\n/u);
    expect(result.code, said(result)).toBe(0);
  });
});

describe('Ctrl-C', { timeout: 60_000 }, () => {
  test('stops the line on every host, and not the shell', async () => {
    const shell = bg.begin(argumentsOf(), { keepInputOpen: true });
    shell.write('echo up; exec sleep 7654\n');
    await sleeping(hosts.length);
    shell.kill('SIGINT');
    await sleeping(0);
    shell.write('echo still here\n');
    await shell.line('stdout', /^still here$/u);
    shell.endInput();
    expect((await shell.ended).code).toBe(0);
  });

  test('at the prompt begins a new line', async () => {
    const shell = onTerminal();
    await prompted(shell, 1);
    shell.write('echo never\u0003');
    await prompted(shell, 2);
    shell.write('echo "al""ways"\r');
    await shell.line('stdout', /^always/u);
    await prompted(shell, 3);
    shell.write('\u0004');
    const result = await shell.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text).not.toMatch(/^never/mu);
  });
});

test('the prompt names the targets and how many they are', async () => {
  const shell = onTerminal();
  await prompted(shell, 1);
  expect(shell.soFar()).toMatch(/127\.\S+ \(3\)> /u);
  shell.write(':quit\r');
  expect((await shell.ended).code).toBe(0);
});

function onTerminal(): MusterProcess {
  return bg.begin(argumentsOf(), { terminal: { columns: 80 }, keepInputOpen: true });
}

async function prompted(shell: MusterProcess, times: number): Promise<void> {
  // Echoes repeat the prompt on its own line; a new one begins after a newline.
  await eventually(() => (shell.soFar().match(/(?:^|\n)[^\n]*\(3\)> /gu) ?? []).length >= times, {
    what: `prompt ${times} in ${JSON.stringify(shell.soFar())}`,
  });
}

async function sleeping(count: number): Promise<void> {
  const sleepers = (): number =>
    remoteProcesses('7654').filter(({ args }) => args[0]?.endsWith('sleep') === true).length;
  await eventually(() => sleepers() === count, {
    what: `sleep on ${count} hosts`,
    deadlineMs: 10_000,
  });
}
