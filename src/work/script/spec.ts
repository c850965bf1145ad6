import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { WorkSpec } from '../../model/ports/work.ts';
import { isOn } from '../command.ts';
import {
  parseSettings,
  settingsOf,
  type Settings,
  type SettingsOptions,
} from '../wrap/settings.ts';
import { templateNames } from '../wrap/template.ts';
import { overStdin, type Via } from './delivery.ts';
import { interpreterOf, type Interpreter } from './interpreter.ts';

/** A script of this side's, run on each target by the interpreter that its first line names. */
export type ScriptSpec = WorkSpec &
  Settings & {
    readonly kind: 'script';
    /** What it is called in lists and messages. */
    readonly file: string;
    /** In base64: as it was when the job was made. */
    readonly script: string;
    readonly args: readonly string[];
    readonly via: Via;
    /** Lines of its output like `::warning::text` are records of that stream. */
    readonly markers: boolean;
    /** Lines of its output that hold a JSON object are structured records. */
    readonly records: boolean;
  };

/** The same with what was found in it. */
export interface Script {
  readonly bytes: Buffer;
  readonly interpreter: Interpreter;
}

export interface ScriptOptions extends SettingsOptions {
  readonly args?: readonly string[];
  /** Default `file`. Over `stdin` nothing is written on the host, and the script has no input but itself. */
  readonly via?: Via;
  /** Lines like `::warning::text` become records of that stream. Default false. */
  readonly markers?: boolean;
  /** Lines that hold a JSON object become structured records. Default false. */
  readonly records?: boolean;
}

/** A script by its bytes; `file` is what it is called. */
export function scriptSpec(
  file: string,
  script: Uint8Array,
  options: ScriptOptions = {},
): ScriptSpec {
  const { args = [], via = 'file', markers = false, records = false } = options;
  const base64 = Buffer.from(script.buffer, script.byteOffset, script.length).toString('base64');
  const call = { file, script: base64, args, via };
  return { kind: 'script', ...call, markers, records, ...settingsOf(options) };
}

/** Throws ConfigError where it would not run anywhere. */
export function parseScript(spec: WorkSpec): ScriptSpec {
  const { file, script, args, via, markers, records } = spec;
  const parsed: ScriptSpec = {
    kind: 'script',
    file: text(file, 'file'),
    script: text(script, 'script'),
    args: words(args),
    via: viaOf(via),
    markers: isOn(markers, 'markers'),
    records: isOn(records, 'records'),
    ...parseSettings(spec),
  };
  const { interpreter, bytes } = scriptOf(parsed);
  if (bytes.length > MOST_BYTES) {
    throw new ConfigError('usage', `${parsed.file} is larger than ${MOST_BYTES / 1024 ** 2} MB`, {
      hint: 'a script of that size is data: upload it, and run what reads it',
    });
  }
  if (parsed.via === 'stdin') {
    overStdin({ interpreter, args: [] });
    if (parsed.tty !== undefined) {
      throw new ConfigError('usage', 'a script that comes over stdin cannot be on a terminal', {
        hint: 'as a file it can: --via file',
      });
    }
  }
  if (parsed.template === true) for (const arg of parsed.args) templateNames(arg);
  return parsed;
}

/** The script of a spec: taken apart once for all its children. */
export function scriptOf(spec: ScriptSpec): Script {
  const known = SCRIPTS.get(spec);
  if (known !== undefined) return known;
  const bytes = Buffer.from(spec.script, 'base64');
  const script = { bytes, interpreter: interpreterOf(bytes, spec.file) };
  SCRIPTS.set(spec, script);
  return script;
}

function text(value: Json | undefined, name: string): string {
  if (typeof value === 'string') return value;
  throw new ConfigError('usage', `${name} of a script has to be text`);
}

function words(value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const isWord = (one: Json): one is string => typeof one === 'string';
  if (!Array.isArray(value) || !value.every(isWord)) {
    throw new ConfigError('usage', 'args of a script is a list of words');
  }
  if (value.some((word) => word.includes('\0'))) {
    throw new ConfigError('usage', 'an argument of a script holds a NUL character');
  }
  return value;
}

function viaOf(value: Json | undefined): Via {
  if (value === undefined || value === 'file') return 'file';
  if (value === 'stdin') return value;
  throw new ConfigError('usage', 'via of a script is file or stdin');
}

const SCRIPTS = new WeakMap<ScriptSpec, Script>();
/** It is held in memory, and sent to every host. */
const MOST_BYTES = 16 * 1024 ** 2;
