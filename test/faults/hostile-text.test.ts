import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  hostileDisconnectBeforeLogin,
  hostileDisconnectText,
  hostileSignalText,
} from '../fixtures/hosts/hostile-text.ts';
import type { SshFixtureHost } from '../fixtures/ssh-host.ts';
import type { Place } from '../fleet/sshd.ts';
import { said } from '../helpers/run-muster.ts';
import {
  expectOthersUnaffected,
  expectSafeLine,
  expectSafeText,
  startAbc,
  type Abc,
} from './abc.ts';
import { holdInvariants } from './invariants/hold.ts';

holdInvariants();

let abc: Abc;
beforeAll(async () => {
  abc = await startAbc();
});
afterAll(() => abc.stop());

describe('escape sequences', () => {
  test('F34 in output: caret form on a terminal, as they came in JSON, pipes', async () => {
    // A title, a cleared screen, the clipboard (OSC 52), a question to the terminal (DA), and a colour.
    const hostile = String.raw`\033]0;owned\007\033[2J\033]52;c;b3duZWQ=\007\033[c\033[31mred\033[0m`;
    const raw =
      '\u001B]0;owned\u0007\u001B[2J\u001B]52;c;b3duZWQ=\u0007\u001B[c\u001B[31mred\u001B[0m';
    const command = `printf '${hostile}\\n'`;
    const hosts = [abc.a];
    const json = await abc.start(command, { hosts, output: 'json' }).ended;
    expect(json.job().children[0]?.output).toBe(`${raw}\n`);
    const pipe = await abc.start(command, { hosts, output: 'live' }).ended;
    expect(pipe.text).toBe(`${abc.a}: ${raw}\n`);
    for (const output of ['live', 'gather', 'table']) {
      const seen = await abc.start(command, { hosts, output, terminal: {}, flags: ['-q'] }).ended;
      const text = seen.text.replaceAll('\r\n', '\n');
      // Colour may pass; nothing else that a terminal obeys.
      expectSafeText(text.replaceAll(/\u001B\[[0-9;:]*m/gu, ''));
      if (output !== 'table') expect(text).toContain('^[]0;owned^G^[[2J^[]52;c;b3duZWQ=^G^[[c');
    }
  });

  test.each([
    { where: 'banner, version and signal text', host: hostileSignalText, code: 'signal', exit: 1 },
    { where: 'disconnect text', host: hostileDisconnectText, code: 'lost', exit: 1 },
    {
      where: 'disconnect text before login',
      host: hostileDisconnectBeforeLogin,
      code: 'auth-denied',
      exit: 4,
    },
  ] as const satisfies readonly {
    where: string;
    host: (place: Place) => Promise<SshFixtureHost>;
    code: string;
    exit: number;
  }[])('F35 escape sequences elsewhere: $where', async ({ host: start, code, exit }) => {
    const host = await start(abc.b);
    try {
      // What -v says is part of what -vv says.
      for (const verbosity of ['-q', '-vv']) {
        const row = await abc.run('echo fine', { flags: [verbosity] });
        expect(row.b, said(row.result)).toMatchObject({ state: 'Failed', failure: { code } });
        expectSafeLine(row.b.failure?.message ?? '');
        if (code === 'signal') expect(row.b.failure?.message).toMatch(/KILL.*core dumped/u);
        expectSafeText(row.b.statusMessage ?? '');
        expectSafeText(row.result.errorText);
        expectOthersUnaffected(row);
        expect(row.result.code).toBe(exit);
        // It is shown, in caret form.
        const shown = `${row.b.failure?.message}${row.result.errorText}`;
        if (verbosity === '-vv') expect(shown).toContain('^[]0;owned^G^[[2J<U+202E>');
      }
      const seen = await abc.start('echo fine', {
        output: 'live',
        terminal: {},
        flags: ['-vv', '--color', 'never'],
      }).ended;
      expect(seen.text).not.toContain('\u001B]0;owned');
      expect(seen.text).not.toContain('\u001B[2J');
      expect(seen.text).not.toContain('\u202E');
    } finally {
      await host.stop();
    }
  });
});
