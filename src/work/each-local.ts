import type { WorkKind, WorkSpec } from '../model/ports/work.ts';
import { fillLine, lineTemplate } from './each-line.ts';
import { isSpec, itemOf } from './each.ts';
import { localKind } from './local/local.ts';
import { shellWordAt, type LocalSpec } from './local/spec.ts';

/**
 * A program of this machine's for each item. `{}` in a word stands for the item, byte for byte, and no shell sees it: but
 * in the code of a shell (`sh -c CODE`, and the one word that is a command line) it is quoted. Without one the item is
 * the last word, as with xargs(1).
 */
export interface EachLocalSpec extends WorkSpec {
  readonly kind: 'each-local';
  /** A local spec, whose words are the template. */
  readonly of: LocalSpec;
}

export const eachLocalKind: WorkKind<EachLocalSpec> = {
  kind: 'each-local',
  jobType: localKind.jobType,
  parse: ({ of }) => {
    const local = localKind.parse(isSpec(of) ? of : { kind: 'local' });
    filled(local, 'item');
    return { kind: 'each-local', of: local };
  },
  describe: ({ of }, item) => localKind.describe(item === null ? of : filled(of, item), item),
  logsIn: () => false,
  run: ({ of }, context) => localKind.run(filled(of, itemOf(context)), context),
};

function filled(of: LocalSpec, item: string): LocalSpec {
  const argv = filledWords(of.argv, item);
  return { ...of, argv, command: commandOf(of, argv) };
}

function filledWords(argv: readonly string[], item: string): readonly string[] {
  const codeAt = shellWordAt(argv);
  const isCode = (at: number): boolean => at === codeAt;
  const hasPlace = argv.some((word) => word.includes('{}'));
  // Of a command line alone the item is the last word; of a shell with arguments, its last argument.
  if (!hasPlace && !(codeAt !== -1 && argv.length === codeAt + 1)) return [...argv, item];
  return argv.map((word, at) => {
    if (!isCode(at)) return word.replaceAll('{}', () => item);
    return hasPlace && !word.includes('{}') ? word : fillLine(lineTemplate(word), item);
  });
}

/** As somebody would have typed it for this item alone. */
function commandOf({ argv: template, command }: LocalSpec, argv: readonly string[]): string {
  const codeAt = shellWordAt(template);
  return template[codeAt] === command ? (argv[codeAt] ?? command) : argv.join(' ');
}
