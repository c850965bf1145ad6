/**
 * Options are data: each is declared once, and the lexer, yargs, the help texts and README's table are made from that.
 */
export interface OptionSpec {
  /** The long name, without dashes. */
  readonly name: string;
  /** The letter, without its dash. */
  readonly short?: string;
  readonly group: OptionGroup;
  /**
   * What it takes, and what giving it again means: `flag` and `count` take no value, and a count adds up; the others
   * take one. Of `last` the last one counts, so that an alias can be overruled; `one` cannot be given again, because
   * something would be passed over that somebody meant; `many` are all taken.
   */
  readonly takes: 'flag' | 'count' | 'last' | 'one' | 'many';
  /** What the value is called in help texts. */
  readonly value?: string;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  /** A number's kind and range, both ends included. */
  readonly number?: NumberSpec;
  /** Used when the option is not given; shown in help texts. */
  readonly default?: string;
  /** It has a meaning only where work is done on hosts, as all of the groups Targets and Connection have. */
  readonly forHosts?: true;
  /** One phrase, without a full stop. */
  readonly help: string;
  readonly verbs: readonly VerbName[];
}

export interface NumberSpec {
  readonly whole: boolean;
  readonly min: number;
  readonly max: number;
}

/** Seconds, as fine as a millisecond; the longest is what one timer of Node's can wait (2^31-1 ms, 24 days). */
export const SECONDS: NumberSpec = { whole: false, min: 0.001, max: 2_147_483 };

export type OptionGroup =
  | 'Targets'
  | 'Connection'
  | 'Execution'
  | 'Rollout'
  | 'Files'
  | 'Check'
  | 'Trust'
  | 'Jobs'
  | 'Receiving'
  | 'Listing'
  | 'Output'
  | 'Audit'
  | 'Controller';

export type VerbName =
  | 'run'
  | 'start'
  | 'each'
  | 'script'
  | 'check'
  | 'upload'
  | 'download'
  | 'trust'
  | 'shell'
  | 'host-clean'
  | 'facts'
  | 'jobs'
  | 'wait'
  | 'receive'
  | 'stop'
  | 'suspend'
  | 'resume'
  | 'rerun'
  | 'remove'
  | 'answer'
  | 'hosts'
  | 'audit'
  | 'controller'
  | 'completion'
  | 'demo';

/** `-w, --hosts EXPR`, as help texts and messages write it. */
export function optionLabel(spec: OptionSpec): string {
  const long = spec.value === undefined ? `--${spec.name}` : `--${spec.name} ${spec.value}`;
  return spec.short === undefined ? long : `-${spec.short}, ${long}`;
}
