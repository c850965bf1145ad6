import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/model/json.ts';
import type { Target } from '../../../src/model/target.ts';
import { commandKind } from '../../../src/work/command.ts';
import { commandSpec, describeWork, eachSpec } from '../../../src/work/kinds.ts';
import { hostVariables } from '../../../src/work/wrap/host-variables.ts';
import { fillText } from '../../../src/work/wrap/template.ts';
import { installed } from '../rig.ts';
import { nastyText, runThrough } from './shells.ts';

function target(vars: Readonly<Record<string, Json>>, name = 'web1'): Target {
  return {
    name,
    address: '10.0.0.1',
    port: 2200,
    user: 'me',
    identities: [],
    jump: [],
    vars,
    groups: [],
  };
}

function filled(command: string, vars: Readonly<Record<string, Json>>): string {
  return describeWork(commandSpec(command, { template: true }), [target(vars)], null)[0] ?? '';
}

describe('a template', () => {
  test.each([
    ['{host} {user} {address} {port}', 'web1 me 10.0.0.1 2200'],
    ['{vars.a-b}|{vars.n}|{vars.yes}', 'x y|1.5|true'],
    ['{vars.list}|{vars.map}', '[1,"two"]|{"in":{"side":2}}'],
    ['{vars.map.in.side}|{vars.dot.ted}', '2|exact'],
    ['{{host}}{{{host}}}', '{host}{web1}'],
    ['no places', 'no places'],
    ['', ''],
  ])('%j as a text of its own is %j', (text, expected) => {
    const vars = {
      'a-b': 'x y',
      n: 1.5,
      yes: true,
      list: [1, 'two'],
      map: { in: { side: 2 } },
      'dot.ted': 'exact',
    };
    expect(fillText(text, target(vars))).toBe(expected);
  });

  test.each([
    ['echo {vars.x} "{vars.x}"', `echo 'a b' ""'a b'""`],
    ["echo '<{vars.x}>'", "echo '<''a b''>'"],
    ["awk '{{print $1}}' {vars.x}", "awk '{print $1}' 'a b'"],
    ['echo ${{HOME}} {vars.x}', "echo ${HOME} 'a b'"],
  ])('%s is filled in as words', (line, expected) => {
    expect(filled(line, { x: 'a b' })).toBe(expected);
  });

  test.each([
    ['echo {x}', 'a template has no {x}'],
    ['echo {}', 'a template has no {}'],
    ['echo {vars}', 'a template has no {vars}'],
    ['echo {constructor}', 'a template has no {constructor}'],
    ['echo {', 'the template has a { that is alone'],
    ['echo }', 'the template has a } that is alone'],
    ['echo `echo {host}`', '{host} cannot be put safely into backticks'],
    ['echo ${host}', '{host} cannot be put safely behind a dollar'],
    ['echo \\{host}', '{host} cannot be put safely behind a backslash'],
    ["echo '\\{host}'", '{host} cannot be put safely behind a backslash'],
    ['cat <<E\n{host} {user}\nE', '{host} cannot be put safely into a here-document'],
    ['echo {user} # {host}', '{host} cannot be put safely into a comment'],
    ['echo $(({port}))', '{port} cannot be put safely into $((...))'],
  ])('%s is refused: %s', (line, message) => {
    expect(() => commandKind.parse(commandSpec(line, { template: true }))).toThrow(
      expect.objectContaining({ name: 'ConfigError', message }),
    );
    // Without being a template it is left alone.
    expect(commandKind.parse(commandSpec(line)).command).toBe(line);
  });

  test.each<readonly [string, Readonly<Record<string, Json>>]>([
    ['web2 has no variable for {vars.a}', { b: 1 }],
    ['web2 has no variable for {vars.a}', { a: null }],
    ['web2: {vars.a} holds a NUL character', { a: '\0' }],
  ])('is refused for targets of which one has not what it wants: %s', (message, vars) => {
    const spec = commandKind.parse(commandSpec('echo {vars.a}', { template: true }));
    const targets = [target({ a: 1 }), target(vars, 'web2')];
    expect(() => commandKind.fits?.(spec, targets)).toThrow(
      expect.objectContaining({ name: 'ConfigError', message }),
    );
  });

  test('of `each` has places for the item and for the host', () => {
    const spec = eachSpec('echo {host} {}', { template: true });
    expect(describeWork(spec, [target({})], ['a b'])).toEqual(["echo 'web1' 'a b'"]);
    const last = eachSpec('echo {host}', { template: true });
    expect(describeWork(last, [target({})], ['{host}'])).toEqual(["echo 'web1' '{host}'"]);
  });
});

/** A place in each of the ways in which words can be written, and what surrounds its value in what comes out. */
const WAYS: readonly (readonly [string, string, string])[] = [
  ['{vars.x}', '', ''],
  ['a{vars.x}b', 'a', 'b'],
  ["'a {vars.x} b'", 'a ', ' b'],
  ['"a {vars.x} b"', 'a ', ' b'],
];

describe.each(installed('dash', 'bash', 'zsh', 'busybox sh', 'fish', 'csh', 'tcsh'))(
  'the value of a place, read by %s',
  (shell) => {
    test('is what it is, and one word', () => {
      const values = fc.array(
        // csh has no word with a line feed that others read alike.
        shell.endsWith('csh') ? nastyText.map((text) => text.replaceAll('\n', '')) : nastyText,
        { minLength: 1, maxLength: 15 },
      );
      fc.assert(
        fc.property(values, (all) => {
          const words = all.flatMap((_, at) => WAYS.map(([way]) => way.replace('x', `v${at}`)));
          const vars = Object.fromEntries(all.map((value, at) => [`v${at}`, value]));
          const line = filled(`/usr/bin/printf '%s\\0' ${words.join(' ')}`, vars);
          const ran = runThrough(shell, line, []);
          const seen = Buffer.from(ran.output, 'latin1').toString().split('\0').slice(0, -1);
          const wanted = all.flatMap((value) =>
            WAYS.map(([, before, after]) => `${before}${value}${after}`),
          );
          expect([seen, ran.error]).toEqual([wanted, '']);
        }),
        { numRuns: 8 },
      );
    });
  },
);

test('a host’s variables have names that every shell takes, and values an environment can hold', () => {
  const vars = {
    'role-x': 'a',
    role_x: 'second',
    ünï: 'u',
    none: null,
    list: [1],
    nul: 'a\0b',
    huge: 'x'.repeat(10_000),
  };
  const context = { target: target(vars), jobId: 3, index: 0, total: 9 };
  expect(hostVariables(context)).toEqual({
    MUSTER_HOST: 'web1',
    MUSTER_JOB: '3',
    MUSTER_INDEX: '0',
    MUSTER_TOTAL: '9',
    MUSTER_VAR_ROLE_X: 'a',
    MUSTER_VAR__N_: 'u',
    MUSTER_VAR_NONE: '',
    MUSTER_VAR_LIST: '[1]',
  });
});
