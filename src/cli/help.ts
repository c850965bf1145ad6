import type { OptionGroup, OptionSpec } from './options/spec.ts';
import { optionLabel } from './options/spec.ts';

/** What the help text of a verb says beside its options. */
export interface VerbHelp {
  /** One paragraph; where its lines end here does not matter. */
  readonly about: readonly string[];
  readonly examples: readonly string[];
}

/** The help text of one verb: options by group, aligned, at most 80 columns. */
export function verbHelp(usage: string, help: VerbHelp, specs: readonly OptionSpec[]): string {
  const column = Math.min(COLUMN_MAX, Math.max(...specs.map((spec) => label(spec).length)) + 2);
  const groups = [...new Set(specs.map((spec) => spec.group))];
  const blocks = groups.map((group) => groupHelp(group, specs, column));
  const examples = help.examples.length === 0 ? [] : [['Examples:', ...help.examples.map(indent)]];
  return [[`Usage: ${usage}`], wrap(help.about.join(' '), WIDTH), ...blocks, ...examples]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function groupHelp(group: OptionGroup, specs: readonly OptionSpec[], column: number): string[] {
  const rows = specs.filter((spec) => spec.group === group);
  return [`${group}:`, ...rows.flatMap((spec) => row(label(spec), describe(spec), column))];
}

/** A name and what it is, the text wrapped beside it; a name too long for its column has a line of its own. */
export function row(name: string, text: string, column: number): string[] {
  const lines = wrap(text, WIDTH - column);
  const [first = ''] = lines;
  const fits = name.length <= column - 2;
  const head = fits ? [`${name.padEnd(column)}${first}`] : [name, ' '.repeat(column) + first];
  return [...head, ...lines.slice(1).map((line) => ' '.repeat(column) + line)];
}

function describe(spec: OptionSpec): string {
  const choices = spec.choices?.filter((choice) => !spec.help.includes(choice)) ?? [];
  const allowed = choices.length > 0 ? `: ${spec.choices?.join(', ') ?? ''}` : '';
  const preset = spec.default === undefined ? '' : ` (${spec.default})`;
  return `${spec.help}${allowed}${preset}`;
}

/** Letters stand in a column of their own: options without one are set in. */
function label(spec: OptionSpec): string {
  return `  ${spec.short === undefined ? '    ' : ''}${optionLabel(spec)}`;
}

function indent(line: string): string {
  return `  ${line}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Every verb has it. */
export const HELP_OPTION: OptionSpec = {
  name: 'help',
  short: 'h',
  group: 'Output',
  takes: 'flag',
  help: 'this text',
  verbs: [],
};

/** What a terminal is at least expected to be wide. */
const WIDTH = 80;
/** Descriptions begin here at the latest. */
const COLUMN_MAX = 30;
