import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { descendantsOf } from '../helpers/processes.ts';
import { said, startMuster, type MusterOptions, type MusterResult } from '../helpers/run-muster.ts';
import { actor, allThatIsListed, IS_ROOT, type Actor } from '../work/become/accounts.ts';

/** C13: planted, and looked for wherever it must not be. */
const CANARY = 'canary-9f3b51';

describe.runIf(IS_ROOT)('--become', { timeout: 60_000 }, () => {
  let user: Actor;
  let fleet: Fleet;
  let bg: Background;
  let hosts: readonly string[];
  let file: string;
  beforeAll(async () => {
    user = actor('m', CANARY);
    user.sudo('ALL=(ALL) ALL');
    fleet = await startFleet({ account: user.account, hosts: 2 });
    hosts = fleet.addresses(2);
    bg = background();
    file = join(bg.folder, 'password');
    writeFileSync(file, `${CANARY}\n`, { mode: 0o600 });
  });
  afterAll(async () => {
    await bg.close();
    await fleet.stop();
    user.remove();
  });

  function muster(
    words: readonly string[],
    { password, ...options }: MusterOptions & { readonly password?: true } = {},
  ): Promise<MusterResult> {
    const [verb = '', ...rest] = words;
    const fd = password === undefined ? [] : ['--become-pass-fd', '3'];
    return startMuster(
      [verb, ...fleet.options, '-w', hosts.join(), '--controller', 'never', ...fd, ...rest],
      { ...options, through: ['sh', '-c', 'exec "$@" 3<"$0"', file] },
    ).ended;
  }

  test('C13: runs as root, and its password is in no output, no log and no list of processes', async () => {
    const running = muster(['run', '--become', '-vv', '-O', 'jsonl', '--', 'id -un; sleep 1'], {
      password: true,
    });
    let listed = '';
    const done = running.then(() => true);
    await eventually(() => descendantsOf(fleet.pid).some(({ args }) => args[0] === 'sudo'));
    listed += allThatIsListed();
    await done;
    const result = await running;
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/"data":"root\\n"/gu)).toHaveLength(2);
    expect(result.text).toContain('CHANNEL_REQUEST');
    expect(result.text + result.errorText + listed).not.toContain(CANARY);
  });

  test('a refusal is a failure in the phase become: exit status 4, each host named', async () => {
    const result = await muster(['run', '--become', '-O', 'json', '--', 'id']);
    expect(result.code, said(result)).toBe(4);
    for (const child of result.job().children) {
      expect(child).toMatchObject({
        state: 'Failed',
        exitCode: null,
        failure: { phase: 'become', code: 'become-denied', mayHaveRun: false, via: null },
        output: '',
        error: '',
      });
      expect(child.failure?.message).toContain(child.host);
    }
  });

  test('a dry run says as whom it would run', async () => {
    const words = [
      'run',
      '--become',
      '--become-user',
      'www',
      '--become-method',
      'doas',
      '--dry-run',
    ];
    const [text, json] = await Promise.all([
      muster([...words, '--', 'id']),
      muster([...words, '-O', 'json', '--', 'id']),
    ]);
    expect(text.errorText).toContain('nothing was done on 2 hosts as www by doas: id');
    expect(JSON.parse(json.text)).toMatchObject({ become: { method: 'doas', user: 'www' } });
  });

  test('at a terminal, who is needed is asked while it runs, and nothing that is typed is shown', async () => {
    const words = [
      'run',
      ...fleet.options,
      '-w',
      hosts.join(),
      '--controller',
      'never',
      '--become',
    ];
    const asking = startMuster([...words, '--', 'id -un'], { terminal: { columns: 200 } });
    await eventually(() => asking.soFar().includes('become password'), { deadlineMs: 15_000 });
    expect(asking.soFar()).toContain(`become password of ${user.account.name}@`);
    asking.write(`${CANARY}\r`);
    const result = await asking.ended;
    expect(result.code, said(result)).toBe(0);
    expect(result.text.match(/root/gu)).toHaveLength(2);
    expect(result.text).not.toContain(CANARY);
  });

  test('each item and a script become the user, too', async () => {
    const script = join(bg.folder, 'who.sh');
    writeFileSync(script, '#!/bin/sh\nid -un; cat\n');
    const each = muster(['each', '--become', '-N', '-q', '--', 'id -un; echo'], {
      password: true,
      input: 'one\ntwo\n',
    });
    const sent = muster(['script', '--become', '--stdin', '-', '-N', '-q', script], {
      password: true,
      input: 'input\n',
    });
    const [eachEnd, sentEnd] = await Promise.all([each, sent]);
    const lines = ({ text }: MusterResult): readonly string[] => text.split('\n').toSorted();
    expect(lines(eachEnd), said(eachEnd)).toEqual(['', 'one', 'root', 'root', 'two']);
    expect(lines(sentEnd), said(sentEnd)).toEqual(['', 'input', 'input', 'root', 'root']);
  });

  test('the lines of a shell become the user, each in its folder', async () => {
    const words = ['shell', ...fleet.options, '-w', hosts.join(), '--become'];
    const shell = await bg.muster([...words, '--become-pass-fd', '3'], {
      input: 'cd /tmp\nid -un; pwd\n',
      through: ['sh', '-c', 'exec "$@" 3<"$0"', file],
    });
    expect(shell.code, said(shell)).toBe(0);
    expect(shell.text).toContain('root\n/tmp\n');
  });

  test('asks with --prompt, once for all hosts, and answers to muster answer; nothing of it is kept', async () => {
    const words = ['start', ...fleet.options, '-w', hosts.join(), '--become', '--prompt'];
    const job = await bg.job([...words, '-O', 'json', '--', 'id -un']);
    const blocked = await eventually(
      async () => {
        const now = await bg.look(job.id);
        return now.counts.running === 2 && now.state === 'Blocked' ? now : null;
      },
      { deadlineMs: 15_000 },
    );
    expect(JSON.stringify(blocked)).toContain(`become password of ${user.account.name}@`);
    const answered = await bg.muster(['answer', `${job.id}`], { input: `${CANARY}\n` });
    expect(answered.code, said(answered)).toBe(0);
    const waited = await bg.muster(['receive', `${job.id}`, '--wait', '-N', '-q', '--keep']);
    expect([waited.code, waited.text], said(waited)).toEqual([0, 'root\nroot\n']);
    const places = [join(bg.folder, 'state'), join(bg.folder, 'muster')];
    const kept = spawnSync('grep', ['-rlaF', CANARY, ...places], { encoding: 'utf8' });
    expect([kept.status, kept.stdout]).toEqual([1, '']);
  });
});
