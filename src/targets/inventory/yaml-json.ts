import type { Json } from '../../model/json.ts';
import { bareMap } from '../bare-map.ts';
import { shownKey, type Node, type YamlDocument } from './yaml.ts';

/** Makes JSON of parts of a document, in maps without a prototype. What an alias repeats is made once. */
export class JsonReader {
  /** Warnings about numbers whose text is not how YAML would write it, like 10.0 and 0123: the first few. */
  readonly warnings: string[] = [];
  readonly #document: YamlDocument;
  readonly #maps = new Map<Node, Readonly<Record<string, Json>>>();
  readonly #lists = new Map<Node, readonly Json[]>();

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  map(node: Node): Readonly<Record<string, Json>> {
    const known = this.#maps.get(node);
    if (known !== undefined) return known;
    const map = bareMap();
    for (const [{ text: key }, value] of this.#document.entries(node)) {
      map[key] = this.#value(value);
    }
    if (this.#document.hasAliases) this.#maps.set(node, map);
    return map;
  }

  #value(node: Node): Json {
    switch (this.#document.kind(node)) {
      case 'mapping':
        return this.map(node);
      case 'sequence':
        return this.#list(node);
      case 'scalar':
        return this.#scalar(node);
    }
  }

  #list(node: Node): readonly Json[] {
    const known = this.#lists.get(node);
    if (known !== undefined) return known;
    const list = Array.from(this.#document.items(node), (item) => this.#value(item));
    if (this.#document.hasAliases) this.#lists.set(node, list);
    return list;
  }

  #scalar(node: Node): Json {
    const { text, value } = this.#document.scalar(node);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) {
      throw this.#document.error(node, `${shownKey(text)} is no number of JSON`, 'quote it');
    }
    if (String(value) !== text && this.warnings.length < MAX_WARNINGS) {
      const reading = `YAML reads ${shownKey(text)} as the number ${String(value)}`;
      this.warnings.push(
        `${this.#document.place(node)}: ${reading}; quote it if it is meant as text`,
      );
    }
    return value;
  }
}

const MAX_WARNINGS = 5;
