import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { TtySize } from '../../model/ports/transport.ts';
import type { WorkContext, WorkSpec } from '../../model/ports/work.ts';
import type { Target } from '../../model/target.ts';
import { hostVariables } from './host-variables.ts';
import type { Surroundings } from './program.ts';
import { fillText } from './template.ts';

/**
 * What a command or a script is given beside its text, as a part of its spec: joined to that by `&`, because to a program
 * that is compiled without `exactOptionalPropertyTypes` an interface of both would be no WorkSpec.
 */
export interface Settings {
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder on the host in which it begins. */
  readonly cwd?: string;
  /** Places like `{host}` are filled in for each host. */
  readonly template?: true;
  /** The terminal that it runs on. */
  readonly tty?: TtySpec;
}

type TtySpec = { readonly columns: number; readonly rows: number; readonly term: string };

/** The same as a program says it. */
export interface SettingsOptions {
  /** Added to its environment on the host, by names of letters, digits and `_`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder on the host in which it begins, relative to where a login does; `~` is the home there. */
  readonly cwd?: string;
  /** Places like `{host}` and `{vars.NAME}` are filled in for each host, each as one word. Default false. */
  readonly template?: boolean;
  /** Runs on a terminal of this size: its errors come as output. Default: none. */
  readonly tty?: TtySize | null;
}

/** What of it is set, as a part of a spec. */
export function settingsOf({ env, cwd, template, tty = null }: SettingsOptions): Settings {
  return {
    ...(env === undefined || Object.keys(env).length === 0 ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(template === true ? { template } : {}),
    ...(tty === null ? {} : { tty: { term: 'dumb', ...tty } }),
  };
}

/** Only what is set. Throws ConfigError. */
export function parseSettings({ env, cwd, template, tty }: WorkSpec): Settings {
  const variables = parseEnv(env);
  if (template !== undefined && typeof template !== 'boolean') {
    throw new ConfigError('usage', 'template of a command is true or false');
  }
  return {
    ...(Object.keys(variables).length === 0 ? {} : { env: variables }),
    ...(cwd === undefined || cwd === null ? {} : { cwd: folder(cwd) }),
    ...(template === true ? { template } : {}),
    ...(tty === undefined || tty === null ? {} : { tty: terminal(tty) }),
  };
}

/** As they are for one host. Throws ConfigError. */
export function filledSettings({ cwd, template }: Settings, target: Target): Settings {
  return template === true && cwd !== undefined ? { cwd: fillText(cwd, target) } : {};
}

/** What has to be made for a command before it begins; null: nothing. */
export function surroundings({ env, cwd }: Settings, context: WorkContext): Surroundings | null {
  // Who becomes another user mostly loses the variables that came with the login.
  if (env === undefined && cwd === undefined && context.become === null) return null;
  return { cwd: cwd ?? null, env: { ...hostVariables(context), ...env } };
}

function parseEnv(env: Json | undefined): Readonly<Record<string, string>> {
  if (env === undefined || env === null) return {};
  if (typeof env !== 'object' || Array.isArray(env)) {
    throw new ConfigError('usage', 'env of a command is a map of names to text');
  }
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => {
      if (!VARIABLE.test(name)) {
        throw new ConfigError('usage', `${JSON.stringify(name)} is no name of a variable`, {
          hint: 'letters, digits and _, and no digit first',
        });
      }
      if (typeof value !== 'string' || value.includes('\0')) {
        throw new ConfigError('usage', `the value of the variable ${name} has to be text`);
      }
      return [name, value];
    }),
  );
}

function folder(cwd: Json): string {
  if (typeof cwd !== 'string' || cwd === '' || cwd.includes('\0')) {
    throw new ConfigError('usage', 'cwd of a command is the path of a folder');
  }
  return cwd;
}

function terminal(tty: Json): TtySpec {
  const { columns = null, rows = null, term = 'dumb' } = isObject(tty) ? tty : {};
  const isSize = (value: Json): value is number => Number.isInteger(value) && Number(value) > 0;
  // A kind is a name of terminfo(5), which the protocol takes in ASCII.
  if (!isSize(columns) || !isSize(rows) || typeof term !== 'string' || !/^[!-~]+$/u.test(term)) {
    throw new ConfigError('usage', 'tty of a command is a size in columns and rows, and a kind');
  }
  return { columns, rows, term };
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name that every shell takes (XBD 8.1). */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/u;
