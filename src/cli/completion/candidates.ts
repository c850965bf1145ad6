import type { OptionSpec, VerbName } from '../options/spec.ts';
import { shellOf } from './shells.ts';

/** One word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What the completed word can be; `files`: whatever the shell itself offers for file names. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

/** Where names come from: asked only where such a name can stand. */
export interface CompletionSources {
  readonly verbs: readonly { readonly name: VerbName; readonly summary: string }[];
  optionsOf(verb: VerbName): readonly OptionSpec[];
  /** `file`: what `-i` names on the line, or null. Empty where there is no inventory, or none that can be read. */
  inventory(file: string | null): Promise<Names>;
  /** Jobs of the running controller, by id and by name. */
  jobs(instance: string | null): Promise<readonly Candidate[]>;
}

export interface Names {
  readonly hosts: Iterable<string>;
  readonly groups: readonly string[];
}

/** What fits the last of the words that were typed after `muster`; the others say what it is. */
export async function complete(
  words: readonly string[],
  sources: CompletionSources,
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const [name, ...rest] = before;
  if (name === undefined) {
    return only(
      sources.verbs.map(({ name: word, summary }) => ({ word, about: summary })),
      current,
    );
  }
  const verb = sources.verbs.find((one) => one.name === name);
  // What follows -- is a command for other machines: this one knows no word of it.
  if (verb === undefined || rest.includes('--')) return NOTHING;
  const specs = sources.optionsOf(verb.name);
  const line = { verb: verb.name, specs, words: rest };
  const previous = rest.at(-1);
  const awaited = previous === undefined ? undefined : takingNext(previous, specs);
  if (awaited !== undefined) return valueOf(awaited, current, '', line, sources);
  const equals = /^--([^=]+)=(.*)$/su.exec(current);
  if (equals !== null) {
    const spec = specs.find((one) => one.name === equals[1]);
    if (spec === undefined) return NOTHING;
    return valueOf(spec, equals[2] ?? '', `--${spec.name}=`, line, sources);
  }
  if (current.startsWith('-')) return only(specs.map(optionCandidate), current);
  return wordOf(current, line, sources);
}

interface Line {
  readonly verb: VerbName;
  readonly specs: readonly OptionSpec[];
  /** Between the verb and the word that is completed. */
  readonly words: readonly string[];
}

/** The option whose value comes next, after its name as a word of its own. */
function takingNext(word: string, specs: readonly OptionSpec[]): OptionSpec | undefined {
  const spec = specs.find(
    ({ name, short }) =>
      word === `--${name}` ||
      (short !== undefined &&
        !word.startsWith('--') &&
        /^-\w+$/u.test(word) &&
        word.endsWith(short)),
  );
  return spec === undefined || spec.value === undefined ? undefined : spec;
}

async function valueOf(
  spec: OptionSpec,
  typed: string,
  lead: string,
  line: Line,
  sources: CompletionSources,
): Promise<Completion> {
  const found = await valuesOf(spec, typed, line, sources);
  return {
    files: found.files,
    candidates: found.candidates.map(({ word, about }) => ({ word: `${lead}${word}`, about })),
  };
}

async function valuesOf(
  spec: OptionSpec,
  typed: string,
  line: Line,
  sources: CompletionSources,
): Promise<Completion> {
  if (spec.choices !== undefined) {
    return only(
      spec.choices.map((word) => ({ word, about: '' })),
      typed,
    );
  }
  if (spec.value === 'FILE' || spec.value === 'DIR') return { candidates: [], files: true };
  if (spec.value === 'EXPR') return nodeSet(typed, line, sources);
  if (spec.name === 'group' || spec.name === 'exclude-group') {
    const { groups } = await sources.inventory(inventoryOf(line));
    return only(
      groups.map((word) => ({ word, about: '' })),
      typed,
    );
  }
  return NOTHING;
}

/** A word that belongs to no option: a job, a node set, or the word that the verb takes. */
async function wordOf(
  current: string,
  line: Line,
  sources: CompletionSources,
): Promise<Completion> {
  switch (line.verb) {
    case 'hosts':
      return nodeSet(current, line, sources);
    case 'controller':
      return only(
        CONTROLLER_WORDS.map((word) => ({ word, about: '' })),
        current,
      );
    case 'audit':
      return current === 'verify' || line.words.includes('verify')
        ? FILES
        : only([{ word: 'verify', about: '' }], current);
    case 'completion':
      return only(
        shellOf.names.map((word) => ({ word, about: '' })),
        current,
      );
    case 'jobs':
    case 'wait':
    case 'receive':
    case 'stop':
    case 'suspend':
    case 'resume':
    case 'rerun':
    case 'remove':
    case 'answer':
      return only(await sources.jobs(valueGiven(line, 'instance')), current);
    case 'script':
    case 'upload':
    case 'download':
      return FILES;
    case 'run':
    case 'start':
    case 'each':
    case 'check':
    case 'trust':
    case 'shell':
    case 'host-clean':
    case 'facts':
    case 'demo':
      return NOTHING;
  }
}

/** The last name of a node set; what stands before it stays as it was typed. */
async function nodeSet(typed: string, line: Line, sources: CompletionSources): Promise<Completion> {
  const lead = /^(?:.*[,!&^(])?/su.exec(typed)?.[0] ?? '';
  const started = typed.slice(lead.length);
  const { hosts, groups } = await sources.inventory(inventoryOf(line));
  const names = started.startsWith('@') ? groups.map((name) => `@${name}`) : hosts;
  const words: Candidate[] = [];
  for (const name of names) {
    if (name.startsWith(started)) words.push({ word: `${lead}${name}`, about: '' });
    if (words.length === MOST) break;
  }
  return { candidates: words, files: false };
}

function inventoryOf(line: Line): string | null {
  return valueGiven(line, 'inventory');
}

/** The value that an option was given earlier on the line, in any of the ways in which it can be. */
function valueGiven({ words, specs }: Line, name: string): string | null {
  const short = specs.find((spec) => spec.name === name)?.short;
  let value: string | null = null;
  for (const [index, word] of words.entries()) {
    if (word === `--${name}` || word === `-${short}`) value = words[index + 1] ?? null;
    else if (word.startsWith(`--${name}=`)) value = word.slice(name.length + 3);
  }
  return value;
}

function optionCandidate(spec: OptionSpec): Candidate {
  return { word: `--${spec.name}`, about: spec.help };
}

function only(candidates: readonly Candidate[], typed: string): Completion {
  return {
    candidates: candidates.filter(({ word }) => word.startsWith(typed)).slice(0, MOST),
    files: false,
  };
}

const FILES: Completion = { candidates: [], files: true };
const NOTHING: Completion = { candidates: [], files: false };
const CONTROLLER_WORDS = ['start', 'stop', 'status', 'serve'];
/** More than anybody reads through; shells get slow with tens of thousands. */
const MOST = 500;
