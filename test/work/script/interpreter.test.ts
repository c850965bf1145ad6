import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import { scriptSpec, type ScriptOptions } from '../../../src/work/kinds.ts';
import { interpreterOf } from '../../../src/work/script/interpreter.ts';
import { scriptKind } from '../../../src/work/script/script.ts';

function interpreter(text: string | Buffer): unknown {
  return interpreterOf(Buffer.from(text), 'x.sh');
}

describe('the interpreter of a script', () => {
  test.each([
    ['echo', ['/bin/sh'], 'sh'],
    ['# no line of that kind\n#!/bin/bash', ['/bin/sh'], 'sh'],
    ['#!/bin/bash', ['/bin/bash'], 'bash'],
    ['#! /bin/bash -eu \necho', ['/bin/bash', '-eu'], 'bash'],
    ['#!/bin/bash -e -u\n', ['/bin/bash', '-e -u'], 'bash'],
    ['#!/usr/bin/env python3\n', ['/usr/bin/env', 'python3'], 'python'],
    ['#!/usr/bin/env -S A=1 perl5.36 -w\n', ['/usr/bin/env', '-S A=1 perl5.36 -w'], 'perl'],
    ['#!/usr/bin/env -S B="x y" ruby\n', ['/usr/bin/env', '-S B="x y" ruby'], 'ruby'],
    ['#!/bin/busybox sh\n', ['/bin/busybox', 'sh'], 'sh'],
    ['#!bash\n', ['bash'], 'bash'],
    ['#!/opt/é/bin/x\n', ['/opt/é/bin/x'], 'x'],
    [Buffer.from('#!/bin/sh\nexit\n\0\xff', 'latin1'), ['/bin/sh'], 'sh'],
  ])('is what its first line says: %j', (text, words, name) => {
    expect(interpreter(text)).toEqual({ words, name });
  });

  test.each([
    ['', 'x.sh is empty'],
    ['\u007FELF\u0002', 'x.sh is a program and no script'],
    ['\uFEFF#!/bin/sh\n', 'x.sh begins with a byte order mark, which hides its first line'],
    [Buffer.from('\uFEFF#!', 'utf16le'), 'x.sh is UTF-16, which no interpreter reads'],
    ['#!/bin/sh\r\necho\r\n', 'x.sh has the line ends of Windows (CR LF)'],
    ['echo\r\n', 'x.sh has the line ends of Windows (CR LF)'],
    ['#!\n/bin/sh', 'x.sh names no interpreter in its first line'],
    ['#!/bin/\0sh\n', 'x.sh has a first line that is no text'],
    [Buffer.from('#!/bin/\xff\n', 'latin1'), 'x.sh has a first line that is no text'],
  ])('is missed with a reason in %j', (text, message) => {
    expect(() => interpreter(text)).toThrow(
      expect.objectContaining({ name: 'ConfigError', code: 'usage', message }),
    );
  });
});

describe('the spec of a script', () => {
  const parse = (script: string | Buffer, options: ScriptOptions = {}) =>
    scriptKind.parse(scriptSpec('x.sh', Buffer.from(script), options));

  test('is its bytes and how it is called, and nothing that was not set', () => {
    const spec = parse(Buffer.from([0x23, 0xff, 0]), {
      args: ['a b', ''],
      env: {},
      template: false,
    });
    expect(spec).toEqual({
      kind: 'script',
      file: 'x.sh',
      script: 'I/8A',
      args: ['a b', ''],
      via: 'file',
      markers: false,
      records: false,
    });
    expect(scriptKind.describe(spec, null)).toBe('x.sh a b ');
    expect(scriptKind.parse(structuredClone(spec))).toEqual(spec);
  });

  test.each<readonly [string, () => unknown, string]>([
    ['too large', () => parse(Buffer.alloc(16 * 1024 ** 2 + 1, 'x')), 'x.sh is larger than 16 MB'],
    [
      'NUL in an argument',
      () => parse('x', { args: ['\0'] }),
      'an argument of a script holds a NUL character',
    ],
    [
      'an unknown place',
      () => parse('x', { template: true, args: ['{x}'] }),
      'a template has no {x}',
    ],
    [
      'a variable without a name',
      () => parse('x', { env: { 'A-B': '' } }),
      '"A-B" is no name of a variable',
    ],
    [
      'NUL in a variable',
      () => parse('x', { env: { A: '\0' } }),
      'the value of the variable A has to be text',
    ],
    ['no folder', () => parse('x', { cwd: '' }), 'cwd of a command is the path of a folder'],
    [
      'an interpreter that takes none from stdin',
      () => parse('#!/usr/bin/awk -f\n', { via: 'stdin' }),
      'it is not known how awk is given a script on its standard input',
    ],
    [
      'stdin and a terminal',
      () => parse('x', { via: 'stdin', tty: { columns: 80, rows: 24 } }),
      'a script that comes over stdin cannot be on a terminal',
    ],
  ])('is refused with %s', (_, make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
});
