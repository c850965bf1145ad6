import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { WorkSpec } from '../../model/ports/work.ts';
import type { StreamName } from '../../model/record.ts';

/** A function to be called in a worker thread of the controller's own process. */
export interface ThreadSpec extends WorkSpec {
  readonly kind: 'thread';
  /** The file: URL of the module that exports it; null: it is in `source`. */
  readonly module: string | null;
  /** The name it is exported by, or, of a `source`, its own; `default` for none. */
  readonly export: string;
  /** Its source text, an expression; null: it is in `module`. */
  readonly source: string | null;
  readonly input: Json;
}

/** What the function is given beside its input. */
export interface ThreadContext {
  /** Aborted when the job is to stop. A function that never looks at it is ended at once, one that does has its grace time. */
  readonly signal: AbortSignal;
  /** A record of any stream. What is written to stdout and stderr, also by console, becomes `output` and `error`. */
  readonly write: (stream: StreamName, text: string | Uint8Array) => void;
  /** 0 to 100. */
  readonly progress: (percent: number, text?: string) => void;
}

/**
 * What it returns, or a promise of that, is the result: an object becomes a structured record, a string the line that it
 * is, any other JSON value its line; undefined nothing. Of a generator each value is one result.
 */
export type ThreadFunction<Input extends Json = Json> = (
  input: Input,
  context: ThreadContext,
) => unknown;

/** A function by the module that exports it. */
export interface ThreadModule {
  /** A file: URL, like `new URL('./work.js', import.meta.url)`. */
  readonly module: string | URL;
  /** Default: `default`. */
  readonly export?: string;
}

/**
 * A function travels as its source text, as a script block does to PowerShell's Start-ThreadJob: it sees its parameters
 * and what Node offers (`await import('node:fs')`), and nothing of what surrounds it here.
 */
export function threadSpec<Input extends Json = null>(
  work: ThreadFunction<Input> | ThreadModule,
  ...[input]: Input extends null ? [input?: Input] : [input: Input]
): ThreadSpec {
  const given: Json = input ?? null;
  return typeof work === 'function'
    ? {
        kind: 'thread',
        module: null,
        export: work.name || 'default',
        source: sourceOf(work),
        input: given,
      }
    : {
        kind: 'thread',
        module: String(work.module),
        export: work.export ?? 'default',
        source: null,
        input: given,
      };
}

/** Throws ConfigError where there is no function to call, or the input could not travel. */
export function parseThread(spec: WorkSpec): ThreadSpec {
  const { module = null, export: name = 'default', source = null, input = null } = spec;
  if (typeof name !== 'string' || name === '') {
    throw new ConfigError('usage', 'a thread job needs the name of a function');
  }
  assertJson(input, 'the input');
  if (typeof module === 'string' && source === null) {
    return { kind: 'thread', module: moduleFile(module), export: name, source: null, input };
  }
  if (typeof source === 'string' && module === null) {
    assertExpression(source);
    return { kind: 'thread', module: null, export: name, source, input };
  }
  throw new ConfigError('usage', 'a thread job has either a module or the source of a function');
}

export function describeThread({ module, export: name, source }: ThreadSpec): string {
  if (source !== null) return name === 'default' ? source.replaceAll(/\s+/gu, ' ') : `${name}()`;
  return `${module === null ? '' : fileURLToPath(module)} ${name}()`;
}

/** An expression, also of what is written as a method. */
function sourceOf(work: (...words: never[]) => unknown): string {
  const text = Function.prototype.toString.call(work);
  if (/\[native code\]\s*\}$/u.test(text)) {
    throw new ConfigError(
      'usage',
      `${work.name || 'the function'} has no source that could travel`,
    );
  }
  if (isExpression(text)) return text;
  // A method's own text has no word before its name.
  const method = `Object.values({ ${text} })[0]`;
  if (isExpression(method)) return method;
  throw new ConfigError('usage', `${work.name || 'the function'} cannot travel as its source text`);
}

function moduleFile(module: string): string {
  let path: string;
  try {
    path = fileURLToPath(module);
  } catch (error) {
    const message = `a thread job's module is a file: URL, not ${module}`;
    throw new ConfigError('usage', message, { cause: error });
  }
  if (existsSync(path)) return module;
  throw new ConfigError('usage', `there is no module ${path}`);
}

function assertExpression(source: string): void {
  if (!isExpression(source)) {
    throw new ConfigError('usage', "the source of a thread job's function is no expression");
  }
}

/** Only reads it: nothing of it is run here. Two kinds of brackets, so that it cannot close the one and open another. */
function isExpression(source: string): boolean {
  try {
    return ['()', '[]'].every(([open, close]) =>
      Boolean(new Script(`'use strict';${open}${source}\n${close}`)),
    );
  } catch {
    // A SyntaxError: that is the answer.
    return false;
  }
}

function assertJson(value: unknown, where: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((one, index) => assertJson(one, `${where}[${index}]`));
    return;
  }
  if (typeof value === 'object' && isPlain(value)) {
    for (const [key, one] of Object.entries(value)) assertJson(one, `${where}.${key}`);
    return;
  }
  throw new ConfigError(
    'usage',
    `${where} of a thread job is a ${typeof value}, which cannot travel`,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
