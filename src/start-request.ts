import { hostname, userInfo } from 'node:os';
import { Secret } from './base/secret.ts';
import type { Access } from './model/access.ts';
import type { Become, BecomeMethod } from './model/become.ts';
import { JOB_DEFAULTS, MAX_HOSTS } from './model/defaults.ts';
import type { JobDefinition, JobInput } from './model/definition.ts';
import { ConfigError } from './model/errors.ts';
import type { WorkSpec } from './model/ports/work.ts';
import { NO_ROLLOUT, type Rollout } from './model/rollout.ts';
import type { Target } from './model/target.ts';
import type { SshConfig } from './targets/selection.ts';
import { commandSpec } from './work/kinds.ts';

/** What to run, and where. Give `command` or `work`. */
export interface StartRequest extends Partial<
  Pick<
    JobDefinition,
    | 'fanout'
    | 'connectTimeoutMs'
    | 'timeoutMs'
    | 'retries'
    | 'retryDelayMs'
    | 'okCodes'
    | 'graceMs'
    | 'maxOutput'
    | 'durable'
  >
> {
  /** Node sets (`web[01-20]`), or targets made by the program. */
  readonly hosts: string | readonly string[] | readonly Target[];
  /** Run by each host's login shell, as it is. */
  readonly command?: string;
  /** Work of any registered kind. */
  readonly work?: WorkSpec;
  /** One for each host, in the same order: what its child works on. */
  readonly items?: readonly string[];
  /** What each command gets on its stdin: a file of this machine, or bytes made anew for each. */
  readonly input?: JobInput | (() => AsyncIterable<Uint8Array>) | null;
  /** 1: each phase of a login becomes a `verbose` record; 2: the SSH conversation `debug` records too. Default 0. */
  readonly verbosity?: 0 | 1 | 2;
  /** An inventory file (hosts.yaml) whose hosts and groups the node sets may name. */
  readonly inventory?: string;
  /**
   * Asks ssh_config(5) where the request and the inventory are silent: `true` reads what ssh would read for this user, a
   * path that file alone. Default: none is read. Its `Match exec` commands are not run.
   */
  readonly sshConfig?: boolean | string;
  readonly user?: string;
  readonly port?: number;
  readonly name?: string;
  readonly access?: Partial<Access>;
  /** How carefully it spreads over its hosts; what is not given is as in `NO_ROLLOUT`: everything at once. */
  readonly rollout?: Partial<Rollout>;
  /** Runs as another user, `true`: as root by sudo. Default: as who logs in. */
  readonly become?: true | BecomeSettings;
  /** When it is aborted the job is stopped. */
  readonly signal?: AbortSignal;
}

/** As whom commands run. */
export interface BecomeSettings {
  /** Default sudo. */
  readonly method?: BecomeMethod;
  /** Default root. */
  readonly user?: string;
  /** For sudo and doas of who logs in, for su of the other user. Default: none; who can be asked is. */
  readonly password?: string;
}

/** How a job on this machine is run. */
export type LocalSettings = Pick<
  StartRequest,
  'timeoutMs' | 'okCodes' | 'graceMs' | 'maxOutput' | 'input' | 'name' | 'signal'
>;

export interface LocalRequest extends LocalSettings {
  /** The working directory, absolute. Default: this process's own. */
  readonly cwd?: string;
  /** The whole environment. Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Everything a job is made from; `access` is what the request does not say of it. */
export async function definitionOf(request: StartRequest, access: Access): Promise<JobDefinition> {
  return {
    ...JOB_DEFAULTS,
    ...settings(request),
    work: workOf(request),
    targets: await targetsOf(request),
    items: request.items ?? null,
    access: { ...access, ...request.access },
    rollout: { ...NO_ROLLOUT, ...given(request.rollout ?? {}) },
    become: request.become === undefined ? null : becomeOf(request.become),
    name: request.name ?? null,
    input: inputOf(request.input ?? null),
    verbosity: request.verbosity ?? 0,
    keepMs: null,
  };
}

function becomeOf(become: true | BecomeSettings): Become {
  const { method = 'sudo', user = 'root', password } = become === true ? {} : become;
  return { method, user, password: password === undefined ? null : new Secret(password) };
}

function settings(request: StartRequest): Partial<JobDefinition> {
  const { fanout, connectTimeoutMs, timeoutMs, retries, retryDelayMs, okCodes } = request;
  const limits = { fanout, connectTimeoutMs, timeoutMs };
  const { graceMs, maxOutput, durable } = request;
  return given({ ...limits, retries, retryDelayMs, okCodes, graceMs, maxOutput, durable });
}

/** Only what was given: an undefined value must not hide a default. */
function given<Settings extends object>(settings: Settings): Partial<Settings> {
  const all: Partial<Settings> = { ...settings };
  for (const name in all) if (all[name] === undefined) delete all[name];
  return all;
}

function inputOf(input: JobInput | (() => AsyncIterable<Uint8Array>) | null): JobInput | null {
  return typeof input === 'function' ? { kind: 'stream', open: input } : input;
}

function workOf(request: StartRequest): WorkSpec {
  if (request.work !== undefined && request.command === undefined) return request.work;
  if (request.command !== undefined && request.work === undefined) {
    return commandSpec(request.command);
  }
  throw new ConfigError('usage', 'a job needs a command or work, and not both');
}

async function targetsOf(request: StartRequest): Promise<readonly Target[]> {
  const hosts = typeof request.hosts === 'string' ? [request.hosts] : request.hosts;
  const expressions = hosts.filter((host) => typeof host === 'string');
  const targets = hosts.filter((host) => typeof host !== 'string');
  if (expressions.length === 0) return targets;
  const { emptyInventory, loadInventory, selectTargets } = await import('./targets/selection.ts');
  const { username, homedir: homeDirectory } = userInfo();
  const sshConfig = await sshConfigOf(request.sshConfig ?? false);
  const selection = await selectTargets({
    hosts: expressions,
    groups: [],
    all: false,
    hostsFiles: [],
    exclude: [],
    excludeGroups: [],
    maxHosts: MAX_HOSTS,
    allowEmpty: false,
    inventory:
      request.inventory === undefined ? emptyInventory : await loadInventory(request.inventory),
    overrides: {
      user: request.user ?? null,
      port: request.port ?? null,
      identities: [],
      jump: null,
    },
    defaults: { user: username, homeDirectory },
    ...(sshConfig && { sshConfig }),
  });
  return [...selection.targets, ...targets];
}

async function sshConfigOf(asked: boolean | string): Promise<SshConfig | null> {
  if (asked === false) return null;
  const { loadSshConfig } = await import('./targets/ssh-config/load.ts');
  const { username: user, homedir: home, uid } = userInfo();
  return loadSshConfig(
    { file: asked === true ? null : asked, options: [], matchExec: false, decided: new Set() },
    {
      home,
      cwd: process.cwd(),
      user,
      // There are no such numbers on Windows.
      uid: uid < 0 ? null : uid,
      hostName: hostname(),
      env: process.env,
    },
  );
}
