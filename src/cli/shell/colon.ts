import { row } from '../help.ts';
import type { Context } from '../command.ts';
import { nearMiss } from '../../targets/near-miss.ts';
import { usageError } from '../usage-error.ts';
import { wordsOf } from './read-line.ts';
import type { ShellState } from './state.ts';

/** A command for the shell itself. */
interface ColonCommand {
  readonly usage: string;
  readonly about: string;
  run(rest: string, shell: ColonShell): Promise<'on' | 'quit'>;
}

export interface ColonShell {
  readonly state: ShellState;
  readonly context: Context;
  /** What every verb that is called from here is told beside its own words: which controller. */
  readonly common: readonly string[];
}

/** Carries out what was typed after the colon. Throws ConfigError where there is no such command. */
export function runColon(name: string, rest: string, shell: ColonShell): Promise<'on' | 'quit'> {
  const command = COLON_COMMANDS.get(name === '' ? 'help' : name);
  if (command === undefined) {
    const near = nearMiss(name, [...COLON_COMMANDS.keys()]);
    throw usageError(
      `no command :${name}`,
      near === null ? ':help lists them' : `did you mean :${near}?`,
    );
  }
  return command.run(rest, shell);
}

/** One of muster's own verbs on jobs. */
function verb(name: string, usage: string, about: string): readonly [string, ColonCommand] {
  return [
    name,
    {
      usage,
      about,
      run: async (rest, { context, common }) => {
        await context.call(name, [...wordsOf(rest), ...common]);
        return 'on';
      },
    },
  ];
}

function change(name: 'target' | 'add' | 'drop', about: string): readonly [string, ColonCommand] {
  return [
    name,
    {
      usage: `:${name} EXPR`,
      about,
      run: async (rest, { state, context }) => {
        if (rest.trim() === '')
          throw usageError(`:${name} needs a node set`, `as in :${name} web[01-20]`);
        await state[name](rest.trim(), context);
        return 'on';
      },
    },
  ];
}

const COLON_COMMANDS: ReadonlyMap<string, ColonCommand> = new Map([
  change('target', 'these hosts get the next lines'),
  change('add', 'these hosts too'),
  change('drop', 'these hosts no longer'),
  [
    'hosts',
    {
      usage: ':hosts',
      about: 'who gets the next line, one a line',
      run: async (_rest, { state, context }) => {
        await context.stdout.write(state.names.map((name) => `${name}\n`).join(''));
        return 'on';
      },
    },
  ],
  verb('jobs', ':jobs [JOB...]', 'jobs in the background, also those begun with & here'),
  verb('wait', ':wait JOB...', 'until they have ended'),
  verb('receive', ':receive JOB...', 'what they said; --keep leaves it there'),
  verb('stop', ':stop JOB...', 'end them on every host'),
  verb('suspend', ':suspend JOB...', 'halt them'),
  verb('resume', ':resume JOB...', 'let them go on'),
  verb('rerun', ':rerun JOB', 'again, on the hosts where it did not complete'),
  verb('remove', ':remove JOB...', 'forget them'),
  verb('answer', ':answer JOB', 'what a blocked job asks'),
  [
    'help',
    {
      usage: ':help',
      about: 'this list',
      run: async (_rest, { context }) => {
        await context.stdout.write(helpText());
        return 'on';
      },
    },
  ],
  ['quit', { usage: ':quit', about: 'leave; so does Ctrl-D', run: () => Promise.resolve('quit') }],
] satisfies readonly (readonly [string, ColonCommand])[]);

function helpText(): string {
  const lines = [...COLON_COMMANDS.values()].flatMap(({ usage, about }) =>
    row(`  ${usage}`, about, COLUMN),
  );
  return `A line runs on every target; & at its end makes it a job in the background.\n${lines.join('\n')}\n`;
}

const COLUMN = 22;
