import type { Event, EVENT_ID } from 'js-yaml';
import type { ConfigError } from '../../model/errors.ts';

export interface Survey {
  readonly root: number | null;
  /** The event that an alias stands for, by the alias's position. */
  readonly aliases: ReadonlyMap<number, number>;
  /** The position behind the node that begins here. */
  readonly next: (node: number) => number;
}

interface Open {
  readonly at: number;
  /** Nodes within, with what aliases repeat. */
  size: number;
  /** Levels within, with those of aliases. */
  height: number;
}

/**
 * Looks at every event once, before anything is made of them: where each node ends, what each alias means, and
 * whether following the aliases would never end, or become huge (an alias bomb grows with every level), or deep.
 */
export function surveyEvents(
  events: readonly Event[],
  text: string,
  id: typeof EVENT_ID,
  fail: (offset: number, problem: string, hint?: string) => ConfigError,
): Survey {
  const ends = new Int32Array(events.length);
  const aliases = new Map<number, number>();
  const anchors = new Map<string, Open>();
  const open: Open[] = [];
  let root: number | null = null;
  let documents = 0;

  const close = (node: Open, end: number): void => {
    ends[node.at] = end;
    const parent = open.at(-1);
    if (parent === undefined) return;
    parent.size += node.size;
    parent.height = Math.max(parent.height, node.height + 1);
    if (parent.size > MAX_NODES) {
      throw fail(
        lastStart(events, node.at),
        `alias bomb: more than ${String(MAX_NODES)} values, with what aliases repeat`,
      );
    }
    if (parent.height > MAX_HEIGHT) {
      throw fail(lastStart(events, node.at), `nested more than ${String(MAX_HEIGHT)} deep`);
    }
  };
  const begin = (at: number, event: Event & { anchorStart: number; anchorEnd: number }): Open => {
    const node = { at, size: 1, height: 0 };
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
    return node;
  };

  for (let at = 0; at < events.length; at += 1) {
    const event = events[at];
    if (event === undefined) continue;
    if ('tagStart' in event && event.tagStart >= 0) {
      throw fail(event.tagStart, 'an inventory takes no tags', 'to make a number a text, quote it');
    }
    if (event.type !== id.DOCUMENT && event.type !== id.POP && open.length === 1) root ??= at;
    switch (event.type) {
      case id.DOCUMENT:
        documents += 1;
        if (documents > 1) throw fail(lastStart(events, at), 'more than one document');
        open.push({ at, size: 0, height: 0 });
        break;
      case id.MAPPING:
      case id.SEQUENCE:
        open.push(begin(at, event));
        break;
      case id.SCALAR:
        if (event.valueEnd - event.valueStart > MAX_SCALAR) {
          throw fail(event.valueStart, `a value of more than ${String(MAX_SCALAR)} characters`);
        }
        close(begin(at, event), at + 1);
        break;
      case id.ALIAS: {
        const name = text.slice(event.anchorStart, event.anchorEnd);
        const target = anchors.get(name);
        if (target === undefined)
          throw fail(event.anchorStart, `alias of nothing: *${name.slice(0, 40)}`);
        if (open.includes(target)) {
          throw fail(event.anchorStart, `cyclic alias: *${name.slice(0, 40)} stands within itself`);
        }
        aliases.set(at, target.at);
        close({ at, size: target.size, height: target.height }, at + 1);
        break;
      }
      case id.POP: {
        const node = open.pop();
        if (node !== undefined) close(node, at + 1);
        break;
      }
    }
  }
  return { root, aliases, next: (node) => ends[node] ?? events.length };
}

function startOf(event: Event | undefined): number {
  if (event === undefined) return -1;
  if ('start' in event) return event.start;
  if ('valueStart' in event) return event.valueStart;
  return 'anchorStart' in event ? event.anchorStart : -1;
}

/** Where a node stands in the text; of an empty one, where what stands before it does. */
export function lastStart(events: readonly Event[], node: number): number {
  for (let at = node; at >= 0; at -= 1) {
    const start = startOf(events[at]);
    if (start >= 0) return start;
  }
  return 0;
}

/** 100,000 hosts with ten variables each are three million. */
const MAX_NODES = 5_000_000;
const MAX_HEIGHT = 50;
const MAX_SCALAR = 1024 * 1024;
