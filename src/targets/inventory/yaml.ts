import type { Event } from 'js-yaml';
import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
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
 * A YAML document that is read where it lies: no tree is made of it, so 100,000 hosts cost their events alone, every
 * node knows its line, and no object of the document's making exists that a name like `__proto__` could reach.
 */
export interface YamlDocument {
  /** null: the file holds nothing. */
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
  /** The line of a node, from 1. */
  line(node: Node): number;
}

/** Parses one document. Throws ConfigError `inventory`: not YAML, more than one document, tags, bombs. */
export async function parseYaml(text: string, file: string): Promise<YamlDocument> {
  const yaml = await import('js-yaml');
  const { MAPPING, SEQUENCE, SCALAR, POP } = yaml.EVENT_ID;
  const coreTags = [yaml.nullCoreTag, yaml.boolCoreTag, yaml.intCoreTag, yaml.floatCoreTag];

  const fail = (offset: number, problem: string, hint?: string): ConfigError => {
    const message = `${safeLine(file)}:${String(lineAt(text, offset))}: ${problem}`;
    return new ConfigError('inventory', message, hint === undefined ? {} : { hint });
  };

  let events: readonly Event[];
  try {
    events = yaml.parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (cause) {
    if (!(cause instanceof yaml.YAMLException)) throw cause;
    throw fail(cause.mark?.position ?? 0, `is not YAML: ${safeLine(cause.reason)}`);
  }
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
      if (event.style !== yaml.SCALAR_STYLE.PLAIN) return { text: source, value: source };
      if (SURELY_TEXT.test(source)) return { text: source, value: source };
      for (const tag of coreTags) {
        const value = tag.resolve(source, false, tag.tagName);
        if (typeof value !== 'symbol') return { text: source, value };
      }
      return { text: source, value: source };
    },
    *entries(node, path) {
      const seen = new Set<string>();
      let at = node + 1;
      while (eventAt(at).type !== POP) {
        const keyNode = follow(at);
        const valueAt = survey.next(at);
        if (eventAt(keyNode).type !== SCALAR)
          throw document.error(at, path, 'has a key that is no text');
        const { text: key } = document.scalar(keyNode);
        if (seen.has(key)) throw document.error(at, path, `has the key ${shownKey(key)} twice`);
        seen.add(key);
        yield [key, follow(valueAt), keyNode];
        at = survey.next(valueAt);
      }
    },
    *items(node) {
      for (let at = node + 1; eventAt(at).type !== POP; at = survey.next(at)) {
        yield follow(at);
      }
    },
    error(node, path, problem, hint) {
      return fail(offset(node), path === '' ? problem : `${path}: ${problem}`, hint);
    },
    line: (node) => lineAt(text, offset(node)),
  };
  return document;
}

/** A key as a path in a message shows it. */
export function shownKey(key: string): string {
  return /^[\w.-]{1,80}$/u.test(key) ? key : `"${safeLine(key, 80)}"`;
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1))
    line += 1;
  return line;
}

/** Most scalars are seen by their first character to be no null, truth value or number (YAML 1.2.2, section 10.3.2). */
const SURELY_TEXT = /^[^\d~nNtTfF.+-]/u;
/** An inventory nests six deep, and variables as deep as they like, within reason. */
const MAX_DEPTH = 50;
