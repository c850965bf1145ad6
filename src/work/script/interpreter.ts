import { isUtf8 } from 'node:buffer';
import { ConfigError } from '../../model/errors.ts';
import { safeLine } from '../../base/safe-text.ts';

/** What a script is run with. */
export interface Interpreter {
  /** A program and at most one argument. */
  readonly words: readonly string[];
  /** What it is, without folder and version: of `/usr/bin/env python3` it is python. */
  readonly name: string;
}

/**
 * The interpreter that the first line names, as Linux reads it (execve(2), Interpreter scripts): what follows the program
 * is one argument, blanks and all; without such a line, /bin/sh. Throws ConfigError for what would not run anywhere;
 * `file` names it.
 */
export function interpreterOf(script: Buffer, file: string): Interpreter {
  const refuse = (what: string, hint: string): never => {
    throw new ConfigError('usage', safeLine(`${file} ${what}`), { hint });
  };
  if (script.length === 0) refuse('is empty', 'there is nothing to run');
  if (script.subarray(0, 4).equals(ELF)) {
    refuse('is a program and no script', 'upload it, and run it there');
  }
  if (script.subarray(0, 3).equals(BYTE_ORDER_MARK)) {
    refuse(
      'begins with a byte order mark, which hides its first line',
      'save it as UTF-8 without one',
    );
  }
  if (UTF16.some((mark) => script.subarray(0, 2).equals(mark))) {
    refuse('is UTF-16, which no interpreter reads', 'save it as UTF-8');
  }
  const end = script.indexOf('\n');
  const first = script.subarray(0, end === -1 ? script.length : end);
  if (first.at(-1) === CARRIAGE_RETURN) {
    refuse('has the line ends of Windows (CR LF)', "to take them off: sed -i 's/\\r$//'");
  }
  if (!first.subarray(0, 2).equals(SHEBANG)) return { words: ['/bin/sh'], name: 'sh' };
  if (!isUtf8(first) || first.includes(0)) refuse('has a first line that is no text', '');
  const line = first.subarray(2).toString().trim();
  const [, program = '', argument = ''] = /^(\S*)\s*(.*)$/su.exec(line) ?? [];
  if (program === '') refuse('names no interpreter in its first line', 'like this: #!/bin/sh');
  return {
    words: argument === '' ? [program] : [program, argument],
    name: nameOf(program, argument),
  };
}

function nameOf(program: string, argument: string): string {
  const name = baseName(program);
  if (name !== 'env' && name !== 'busybox') return name;
  const words = argument.split(/\s+/u);
  // With -S it may be behind variables, whose values may be in quotes.
  return baseName(words.find((word) => /^[\w./+][\w./+-]*$/u.test(word)) ?? '');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/[\d.]+$/u, '');
}

const SHEBANG = Buffer.from('#!');
const ELF = Buffer.from('\u007FELF');
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const UTF16: readonly Buffer[] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const CARRIAGE_RETURN = 0x0d;
