import { ConfigError } from '../../model/errors.ts';
import { jsonText } from '../../presenters/json-text.ts';
import { statusLines } from '../../presenters/status.ts';
import type { RemoteController } from '../../service/service.ts';
import type { Command, Context } from '../command.ts';
import { EXIT } from '../exit-status.ts';
import type { Parsed } from '../parse.ts';
import { serveHere } from '../serve-here.ts';
import { backgroundController, runningController, settingsFrom } from '../service-client.ts';
import { nearMiss } from '../../targets/near-miss.ts';
import { usageError } from '../usage-error.ts';

export const controllerCommand: Command = {
  help: {
    about: [
      'Starts, stops or shows the controller in the background, which keeps jobs, their',
      'results and open connections; serve is the controller itself, in the foreground.',
      'It ends by itself after an idle hour. stop is refused while jobs are unfinished,',
      'unless --stop-jobs stops them; with the controller its results are gone.',
    ],
    examples: [
      'muster controller start --persist 600',
      'muster controller status -O json',
      'muster controller stop --stop-jobs',
    ],
  },
  optionsEnd: 'dashes',
  run: controller,
};

function controller(parsed: Parsed, context: Context): Promise<number> {
  const [word, ...more] = parsed.words;
  const action = ACTIONS.find((name) => name === word);
  if (action === undefined || more.length > 0) {
    const near = action === undefined && word !== undefined ? nearMiss(word, ACTIONS) : null;
    throw usageError(
      `controller takes one of ${ACTIONS.join(', ')}`,
      near === null ? null : `did you mean controller ${near}?`,
    );
  }
  refuseOthers(action, parsed);
  switch (action) {
    case 'start':
      return start(parsed, context);
    case 'stop':
      return stop(parsed, context);
    case 'status':
      return status(parsed, context);
    case 'serve':
      return serveHere(parsed.values, context);
    default:
      return action satisfies never;
  }
}

async function start({ values }: Parsed, context: Context): Promise<number> {
  // Mistakes in these are told whether one is running or not.
  settingsFrom(values);
  const running = await runningController(values, context);
  const remote = running ?? (await backgroundController(values, context));
  return letGo(remote, async () => {
    const { pid, socket } = await remote.serviceStatus();
    const how = running === null ? 'started' : 'running already';
    await context.stdout.write(`${how}: process ${pid}, socket ${socket}\n`);
    return EXIT.completed;
  });
}

async function stop({ values }: Parsed, context: Context): Promise<number> {
  const running = await runningController(values, context, true);
  if (running === null) {
    context.tell('no controller is running');
    return EXIT.completed;
  }
  return letGo(running, async () => {
    await running.shutdown({
      stopJobs: values.flag('stop-jobs'),
      detach: values.flag('detach'),
    });
    return EXIT.completed;
  });
}

async function status({ values }: Parsed, context: Context): Promise<number> {
  const json = values.text('output') === 'json';
  const running = await runningController(values, context, true);
  if (running === null) {
    if (json) await context.stdout.write('null\n');
    context.tell('no controller is running');
    return EXIT.failed;
  }
  return letGo(running, async () => {
    const now = await running.serviceStatus();
    const text = json
      ? jsonText({ ...now }, context.stdout.isTerminal)
      : statusLines(now).join('\n');
    await context.stdout.write(`${text}\n`);
    return EXIT.completed;
  });
}

async function letGo(remote: RemoteController, task: () => Promise<number>): Promise<number> {
  try {
    return await task();
  } finally {
    await remote.dispose();
  }
}

/** An option of another action would do nothing here, and somebody meant it. */
function refuseOthers(action: Action, { values }: Parsed): void {
  const wrong = Object.entries(OF_ACTIONS).find(
    ([name, actions]) => values.given(name) && !actions.includes(action),
  );
  if (wrong === undefined) return;
  throw new ConfigError('usage', `--${wrong[0]} is not for controller ${action}`);
}

type Action = 'start' | 'stop' | 'status' | 'serve';

const ACTIONS: readonly Action[] = ['start', 'stop', 'status', 'serve'];
const OF_ACTIONS: Readonly<Record<string, readonly Action[]>> = {
  persist: ['start', 'serve'],
  memory: ['start', 'serve'],
  pool: ['start', 'serve'],
  idle: ['start', 'serve'],
  'stop-jobs': ['stop'],
  output: ['status'],
};
