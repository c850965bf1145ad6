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
  kind(node: Node): NodeKind;
  scalar(node: Node): Scalar;
  /** Keys and values. Throws ConfigError for a key that stands twice, or is no text. */
  entries(
    node: Node,
    path: string,
  ): IterableIterator<readonly [key: string, value: Node, keyNode: Node]>;
  items(node: Node): IterableIterator<Node>;
  /** `FILE:LINE: PATH: PROBLEM`. */
  error(node: Node, path: string, problem: string, hint?: string): ConfigError;
  /** `FILE:LINE`. */
  place(node: Node): string;
  /** The line of a node in the file, from 1. */
  line(node: Node): number;
}

type Event = Yaml.Event;
type Library = typeof Yaml;

/** Loads the library, and gives what parses a piece of a file with it. */
export async function yamlParser(): Promise<(piece: Piece, file: string) => YamlDocument> {
  const library = await import('js-yaml');
  return (piece, file) => parsePiece(library, piece, file);
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

  const offset = (node: Node): number => lastStart(events, node);
  const follow = (node: Node): Node => survey.aliases.get(node) ?? node;
  const eventAt = (node: Node): Event => {
    const event = events[node];
    if (event === undefined) throw new RangeError('a node outside the document');
    return event;
  };

  const document: YamlDocument = {
    root: survey.root,
    kind(node) {
      const { type } = eventAt(node);
      return type === MAPPING ? 'mapping' : type === SEQUENCE ? 'sequence' : 'scalar';
    },
    scalar(node) {
      const event = eventAt(node);
      if (event.type !== SCALAR) throw new RangeError('not a scalar');
      const source = yaml.getScalarValue(text, event);
      const plain = event.style === yaml.SCALAR_STYLE.PLAIN && !SURELY_TEXT.test(source);
      return { text: source, value: plain ? plainValue(yaml, source) : source };
    },
    *entries(node, path) {
      const seen = new Set<string>();
      let at = node + 1;
      while (eventAt(at).type !== POP) {
        const keyNode = follow(at);
        const valueAt = survey.next(at);
        if (eventAt(keyNode).type !== SCALAR) {
          throw document.error(at, path, 'has a key that is no text');
        }
        const { text: key } = document.scalar(keyNode);
        if (seen.has(key)) throw document.error(at, path, `has the key ${shownKey(key)} twice`);
        seen.add(key);
        yield [key, follow(valueAt), keyNode];
        at = survey.next(valueAt);
      }
    },
    *items(node) {
      let at = node + 1;
      while (eventAt(at).type !== POP) {
        yield follow(at);
        at = survey.next(at);
      }
    },
    error: (node, path, problem, hint) =>
      fail(offset(node), path === '' ? problem : `${path}: ${problem}`, hint),
    place: (node) => `${safeLine(file)}:${String(document.line(node))}`,
    line: (node) => piece.line(offset(node)),
  };
  return document;
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
    if (marks > MAX_MARKS) throw fail(at, `holds more than ${String(MAX_MARKS)} values`);
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
