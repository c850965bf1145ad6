import type { Json } from '../../model/json.ts';
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

  map(node: Node, path: string): Readonly<Record<string, Json>> {
    const known = this.#maps.get(node);
    if (known !== undefined) return known;
    const map: Record<string, Json> = { __proto__: null };
    for (const [key, value] of this.#document.entries(node, path)) {
      map[key] = this.#value(value, `${path}.${shownKey(key)}`);
    }
    this.#maps.set(node, map);
    return map;
  }

  #value(node: Node, path: string): Json {
    switch (this.#document.kind(node)) {
      case 'mapping':
        return this.map(node, path);
      case 'sequence':
        return this.#list(node, path);
      case 'scalar':
        return this.#scalar(node, path);
    }
  }

  #list(node: Node, path: string): readonly Json[] {
    const known = this.#lists.get(node);
    if (known !== undefined) return known;
    const items = [...this.#document.items(node)];
    const list = items.map((item, index) => this.#value(item, `${path}[${String(index)}]`));
    this.#lists.set(node, list);
    return list;
  }

  #scalar(node: Node, path: string): Json {
    const { text, value } = this.#document.scalar(node);
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value)) {
      throw this.#document.error(node, path, `${shownKey(text)} is no number of JSON`, 'quote it');
    }
    if (String(value) !== text && this.warnings.length < MAX_WARNINGS) {
      const place = this.#document.place(node);
      const reading = `YAML reads ${shownKey(text)} as the number ${String(value)}`;
      this.warnings.push(`${place}: ${path}: ${reading}; quote it if it is meant as text`);
    }
    return value;
  }
}

const MAX_WARNINGS = 5;
