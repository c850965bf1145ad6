import type * as Yaml from 'js-yaml';
import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Piece } from './yaml-pieces.ts';
import { lastStart, surveyEvents } from './yaml-survey.ts';

/** A node of the document: the position of its first event. Aliases are followed already. */
export type Node = number;

export type NodeKind = 'mapping' | 'sequence' | 'scalar';

/** What a plain scalar means in YAML 1.2's core schema, and the text it was written with. */
export interface Scalar {
  readonly text: string;
  readonly value: string | number | boolean | null;
}

/**
 * A YAML document that is read where it lies: no tree is made of it, so a host costs its events alone, every node
 * knows its line, and no object of the document's making exists that a name like `__proto__` could reach.
 */
export interface YamlDocument {
  /** null: the text holds nothing. */
  readonly root: Node | null;
  /** Whether a node may be met more than once. */
  readonly hasAliases: boolean;
  kind(node: Node): NodeKind;
  scalar(node: Node): Scalar;
  /** Keys and values. Throws ConfigError for a key that is no text. */
  pairs(node: Node): IterableIterator<Pair>;
  /** As `pairs`; throws also for a key that stands twice. */
  entries(node: Node): IterableIterator<Pair>;
  items(node: Node): IterableIterator<Node>;
  /** `FILE:LINE: PATH: PROBLEM`. */
  error(node: Node, problem: string, hint?: string): ConfigError;
  /** `FILE:LINE: PATH`. Worked out by looking through the document: only for messages. */
  place(node: Node): string;
  /** The line of a node in the file, from 1. */
  line(node: Node): number;
}

/** A key, its value, and where the key stands. */
export type Pair = readonly [key: Scalar, value: Node, keyNode: Node];

type Event = Yaml.Event;
type Library = typeof Yaml;

/** Loads the library, and gives what parses a piece of a file with it. */
export async function yamlParser(file: string): Promise<(piece: Piece) => YamlDocument> {
  const library = await import('js-yaml');
  return (piece) => parsePiece(library, piece, file);
}

/** Throws ConfigError `inventory`: not YAML, more than one document, tags, bombs. */
function parsePiece(yaml: Library, piece: Piece, file: string): YamlDocument {
  const { text } = piece;
  const { MAPPING, SEQUENCE, SCALAR, POP } = yaml.EVENT_ID;
  const fail = (offset: number, problem: string, hint?: string): ConfigError => {
    const message = `${safeLine(file)}:${String(piece.line(offset))}: ${problem}`;
    return new ConfigError('inventory', message, hint === undefined ? {} : { hint });
  };
  const events = parseEvents(yaml, text, fail);
  const survey = surveyEvents(events, text, yaml.EVENT_ID, fail);

  const follow = (node: Node): Node => survey.aliases.get(node) ?? node;
  const eventAt = (node: Node): Event => {
    const event = events[node];
    if (event === undefined) throw new RangeError('a node outside the document');
    return event;
  };

  const document: YamlDocument = {
    root: survey.root,
    hasAliases: survey.aliases.size > 0,
    kind(node) {
      const { type } = eventAt(follow(node));
      return type === MAPPING ? 'mapping' : type === SEQUENCE ? 'sequence' : 'scalar';
    },
    scalar(node) {
      const event = eventAt(follow(node));
      if (event.type !== SCALAR) throw new RangeError('not a scalar');
      const source = yaml.getScalarValue(text, event);
      const plain = event.style === yaml.SCALAR_STYLE.PLAIN && !SURELY_TEXT.test(source);
      return { text: source, value: plain ? plainValue(yaml, source) : source };
    },
    *pairs(node) {
      let at = node + 1;
      while (eventAt(at).type !== POP) {
        const keyNode = follow(at);
        const valueAt = survey.next(at);
        if (eventAt(keyNode).type !== SCALAR) throw document.error(at, 'a key must be a text');
        yield [document.scalar(keyNode), follow(valueAt), at];
        at = survey.next(valueAt);
      }
    },
    *entries(node) {
      const seen = new Set<string>();
      for (const pair of document.pairs(node)) {
        const [{ text }, , keyNode] = pair;
        if (seen.has(text)) throw document.error(keyNode, `duplicate key ${shownKey(text)}`);
        seen.add(text);
        yield pair;
      }
    },
    *items(node) {
      let at = node + 1;
      while (eventAt(at).type !== POP) {
        yield follow(at);
        at = survey.next(at);
      }
    },
    error: (node, problem, hint) => {
      const options = hint === undefined ? {} : { hint };
      return new ConfigError('inventory', `${document.place(node)}: ${problem}`, options);
    },
    place(node) {
      const path = [...piece.path, ...pathTo(document, survey.next, node)];
      const place = `${safeLine(file)}:${String(document.line(node))}`;
      return path.length === 0 ? place : `${place}: ${path.map(shownKey).join('.')}`;
    },
    line: (node) => piece.line(lastStart(events, node)),
  };
  return document;
}

/** The keys on the way from the root to a node, whatever is wrong with them. */
function pathTo(
  document: YamlDocument,
  next: (node: Node) => Node,
  wanted: Node,
): readonly string[] {
  const path: string[] = [];
  let within: Node | null = document.root;
  while (within !== null && within !== wanted) {
    const at: Node = within;
    const end = next(at) - 1;
    within = null;
    if (document.kind(at) === 'mapping') {
      for (let key = at + 1; key < end; key = next(next(key))) {
        const value = next(key);
        if (wanted < key || wanted >= next(value)) continue;
        path.push(document.kind(key) === 'scalar' ? document.scalar(key).text : '?');
        within = wanted < value ? null : value;
      }
    } else if (document.kind(at) === 'sequence') {
      for (let item = at + 1; item <= wanted && item < end; item = next(item)) within = item;
    }
  }
  return path;
}

function parseEvents(
  yaml: Library,
  text: string,
  fail: (offset: number, problem: string) => ConfigError,
): readonly Event[] {
  refuseHuge(text, fail);
  try {
    return yaml.parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (cause) {
    if (!(cause instanceof yaml.YAMLException)) throw cause;
    throw fail(cause.mark?.position ?? 0, `is not YAML: ${safeLine(cause.reason)}`);
  }
}

/** A parser's events take far more memory than the text; there are at most as many as two for each of these. */
function refuseHuge(text: string, fail: (offset: number, problem: string) => ConfigError): void {
  if (text.length < MAX_MARKS) return;
  let marks = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (!MARKS.has(text.charCodeAt(at))) continue;
    marks += 1;
    if (marks > MAX_MARKS) throw fail(at, `more than ${String(MAX_MARKS)} values`);
  }
}

function plainValue(yaml: Library, source: string): string | number | boolean | null {
  for (const tag of [yaml.nullCoreTag, yaml.boolCoreTag, yaml.intCoreTag, yaml.floatCoreTag]) {
    const value = tag.resolve(source, false, tag.tagName);
    if (typeof value !== 'symbol') return value;
  }
  return source;
}

/** A key as a path in a message shows it. */
export function shownKey(key: string): string {
  return /^[\w.-]{1,80}$/u.test(key) ? key : `"${safeLine(key, 80)}"`;
}

/** Most scalars are seen by their first character to be no null, truth value or number (YAML 1.2.2, section 10.3.2). */
const SURELY_TEXT = /^[^\d~nNtTfF.+-]/u;
/** An inventory nests six deep, and variables as deep as they like, within reason. */
const MAX_DEPTH = 50;
/** What ends or begins a value: newline, comma, colon, opening brackets. */
const MARKS: ReadonlySet<number> = new Set([0x0a, 0x2c, 0x3a, 0x5b, 0x7b]);
const MAX_MARKS = 3_000_000;
