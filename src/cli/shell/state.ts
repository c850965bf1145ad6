import type { Secret } from '../../base/secret.ts';
import { JOB_DEFAULTS } from '../../model/defaults.ts';
import type { Access } from '../../model/access.ts';
import type { AuditSettings } from '../../model/audit.ts';
import type { JobDefinition } from '../../model/definition.ts';
import type { JobView } from '../../model/job.ts';
import type { Target } from '../../model/target.ts';
import { shellLineSpec } from '../../index.ts';
import { foldNodeSet } from '../../targets/nodeset/fold.ts';
import { selectTargets, type SelectionRequest } from '../../targets/selection.ts';
import { becomeFrom } from '../become.ts';
import type { Context } from '../command.ts';
import { milliseconds } from '../seconds.ts';
import type { Values } from '../values.ts';

/** What an interactive shell remembers from line to line: who gets the next one, and where each host is. */
export class ShellState {
  readonly #values: Values;
  readonly #request: SelectionRequest;
  /** Each host's working directory, by the host's name; absent: where its login puts it. */
  readonly #folders = new Map<string, string>();
  #targets: readonly Target[] = [];

  constructor(values: Values, request: SelectionRequest) {
    this.#values = values;
    this.#request = request;
  }

  get count(): number {
    return this.#targets.length;
  }

  get names(): readonly string[] {
    return this.#targets.map(({ name }) => name);
  }

  get folded(): string {
    return foldNodeSet(this.names);
  }

  /** The targets that the command line named. Throws ConfigError. */
  async begin(context: Context): Promise<void> {
    this.#targets = await this.#select(this.#request, context);
  }

  /** Another set of targets, as `-w` takes one. Throws ConfigError, and then nothing changes. */
  async target(expression: string, context: Context): Promise<void> {
    this.#targets = await this.#select(alone(this.#request, [expression], []), context);
  }

  /** These hosts too. */
  async add(expression: string, context: Context): Promise<void> {
    this.#targets = await this.#select(
      alone(this.#request, [...this.names, expression], []),
      context,
    );
  }

  /** These no longer. */
  async drop(expression: string, context: Context): Promise<void> {
    this.#targets = await this.#select(alone(this.#request, this.names, [expression]), context);
  }

  /** A line for every target, each in its own folder. */
  definition(
    line: string,
    access: Access,
    becomePassword: Secret | null,
    audit: AuditSettings | null,
  ): JobDefinition {
    const values = this.#values;
    return {
      ...JOB_DEFAULTS,
      work: shellLineSpec(line),
      targets: this.#targets,
      items: this.#targets.map(({ name }) => this.#folders.get(name) ?? ''),
      access,
      name: null,
      fanout: values.number('fanout') ?? JOB_DEFAULTS.fanout,
      connectTimeoutMs:
        milliseconds(values.number('connect-timeout')) ?? JOB_DEFAULTS.connectTimeoutMs,
      timeoutMs: milliseconds(values.number('timeout')),
      input: null,
      become: becomeFrom(values, becomePassword),
      verbosity: 0,
      audit,
      keepMs: null,
    };
  }

  /** Where the hosts are after a line. */
  learn(job: JobView): void {
    for (const { host, data } of job.children) {
      const folder = data['cwd'];
      if (typeof folder === 'string' && folder !== '') this.#folders.set(host, folder);
    }
  }

  async #select(request: SelectionRequest, context: Context): Promise<readonly Target[]> {
    const { targets, warnings } = await selectTargets(request);
    for (const warning of warnings) context.tell(`warning: ${warning}`);
    return targets;
  }
}

function alone(
  request: SelectionRequest,
  hosts: readonly string[],
  exclude: readonly string[],
): SelectionRequest {
  const nobody = { groups: [], all: false, hostsFiles: [], excludeGroups: [] };
  return { ...request, ...nobody, hosts, exclude };
}
