import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../setup/run-folder.ts';
import { eventually } from './eventually.ts';
import { mainHere } from './in-process.ts';
import { jobJson, type ChildJson, type JobJson } from './job-json.ts';
import { processInfo, signalProcess } from './processes.ts';
import {
  runMuster,
  said,
  startMuster,
  type MusterOptions,
  type MusterProcess,
  type MusterResult,
} from './run-muster.ts';

/** A place of a test's own for controllers in the background: nothing of it is seen by other tests. */
export interface Background {
  /** Where its files are; below it, XDG_RUNTIME_DIR and XDG_STATE_HOME. */
  readonly folder: string;
  readonly socket: string;
  readonly env: Readonly<Record<string, string>>;
  /** A verb that only talks to a controller, and is given nothing special, is run in the test's own process. */
  muster(args: readonly string[], options?: MusterOptions): Promise<MusterResult>;
  /** The same, to be talked to while it runs. */
  begin(args: readonly string[], options?: MusterOptions): MusterProcess;
  /** Runs it, expects it to exit with 0, and gives what it printed as JSON. */
  json(args: readonly string[]): Promise<unknown>;
  /** What `start -O json` made. */
  job(args: readonly string[]): Promise<JobJson>;
  /** One job as `jobs ID -O json` has it, with its children. */
  look(id: number): Promise<JobJson>;
  /** The controller's process; null: none runs. */
  pid(): Promise<number | null>;
  /** Ends the controllers of these instances and removes the folder. */
  close(instances?: readonly string[]): Promise<void>;
}

/** `common`: of every command that is run there, where it says nothing else. */
export function background(common: MusterOptions = {}): Background {
  const folder = temporaryFolder('bg');
  // One home for all of them, which lasts: a connection is not used again by who has other keys, and jobs work in it.
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = { XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: join(folder, 'state'), HOME: home };
  const here = (args: readonly string[]): Promise<MusterResult> => mainHere(args, env, home);
  const isPlain = Object.keys(common).length === 0;
  const muster: Background['muster'] = (args, options) =>
    isPlain && options === undefined && ONLY_TALKS.has(args[0] ?? '')
      ? here(args)
      : runMuster(args, { cwd: home, ...common, ...options, env: { ...env, ...options?.env } });
  const json: Background['json'] = async (args) => {
    const result = await muster(args);
    if (result.code !== 0) throw new Error(`muster ${args.join(' ')}: ${said(result)}`);
    const value: unknown = JSON.parse(result.text);
    return value;
  };
  const pid: Background['pid'] = async () => pidOf(await here(STATUS));
  return {
    folder,
    socket: join(folder, 'muster', 'default.sock'),
    env,
    muster,
    begin: (args, options = {}) =>
      startMuster(args, { cwd: home, ...common, ...options, env: { ...env, ...options.env } }),
    json,
    job: async (args) => jobJson(await json(args)),
    look: async (id) => {
      const { text, errorText } = await here(['jobs', `${id}`, '-O', 'json']);
      const [job] = jobsJson(JSON.parse(text === '' ? '[]' : text));
      if (job === undefined) throw new Error(`there is no job ${id}: ${errorText}`);
      return job;
    },
    pid,
    close: async (instances = ['default']) => {
      for (const name of instances) {
        const status = await here([...STATUS, '--instance', name]);
        const running = pidOf(status);
        if (running === null) continue;
        const stopped = await muster(['controller', 'stop', '--stop-jobs', '--instance', name]);
        if (stopped.code !== 0) signalProcess(running, 'SIGKILL');
        await eventually(() => processInfo(running) === null, { what: `the end of ${running}` });
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A JSON array of parent jobs whose children are objects. */
export function jobsJson(value: unknown): readonly JobJson[] {
  if (!Array.isArray(value)) throw new Error(`this is no array: ${JSON.stringify(value)}`);
  return value.map(jobJson);
}

/** The child of one host. */
export function childOf(job: JobJson, host: string): ChildJson {
  const child = job.children.find((one) => one.host === host);
  if (child === undefined) throw new Error(`job ${job.id} has no child for ${host}`);
  return child;
}

function pidOf(status: MusterResult): number | null {
  if (status.code !== 0) return null;
  const value: unknown = JSON.parse(status.text);
  return typeof value === 'object' && value !== null && 'pid' in value ? Number(value.pid) : null;
}

/** The verbs that begin no process and use no terminal. */
const ONLY_TALKS: ReadonlySet<string> = new Set([
  'jobs',
  'wait',
  'receive',
  'stop',
  'suspend',
  'resume',
  'rerun',
  'remove',
]);

const STATUS = ['controller', 'status', '-O', 'json'];
