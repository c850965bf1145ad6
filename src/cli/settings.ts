import { safeLine } from '../base/safe-text.ts';
import type { CommandOptions, LocalOptions } from '../index.ts';
import { ttyFrom } from './become.ts';
import type { Context } from './command.ts';
import { absolutePath } from './environment.ts';
import { usageError } from './usage-error.ts';
import type { Values } from './values.ts';

/** What a command is given beside its words, by the options that all commands take. Throws ConfigError. */
export function settingsFrom(values: Values, context: Context): CommandOptions {
  const cwd = values.text('cwd');
  return {
    markers: values.flag('markers'),
    records: values.flag('records'),
    env: variablesFrom(values.many('env'), context),
    ...(cwd === null ? {} : { cwd }),
    template: values.flag('template'),
    tty: ttyFrom(values, context),
  };
}

/** The same for a command of this machine, whose environment is ours and more. */
export function localOptions(values: Values, context: Context): LocalOptions {
  const { cwd, env, markers, records } = settingsFrom(values, context);
  const { environment } = context;
  return {
    cwd: cwd === undefined ? environment.cwd : absolutePath(cwd, environment),
    env: { ...environment.variables, ...env },
    ...(markers === undefined ? {} : { markers }),
    ...(records === undefined ? {} : { records }),
  };
}

/** `K=V`, or `K` alone for the value that it has here, which no list of processes shows. The last one of a name counts. */
function variablesFrom(
  given: readonly string[],
  { environment }: Context,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((one) => {
      const equals = one.indexOf('=');
      const name = equals === -1 ? one : one.slice(0, equals);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) {
        throw usageError(
          `--env: "${safeLine(name)}" is no name of a variable`,
          'a name has letters, digits and _, and no digit first: -e NAME=value',
        );
      }
      if (equals !== -1) return [name, one.slice(equals + 1)];
      const value = environment.variables[name];
      if (value === undefined) {
        throw usageError(
          `--env: there is no variable ${name} here`,
          `to give it a value: -e ${name}=value`,
        );
      }
      return [name, value];
    }),
  );
}
