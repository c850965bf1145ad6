import { resolve } from 'node:path';
import { visible } from '../../base/safe-text.ts';
import type { Json } from '../../model/json.ts';
import { parseHostName, parsePort, userFault } from '../host-name.ts';
import { hintFor } from '../near-miss.ts';
import { SILENT, type Settings } from './inventory.ts';
import { parseJump } from './jump.ts';
import { shownKey, type Node, type YamlDocument } from './yaml.ts';
import { JsonReader } from './yaml-json.ts';

/** Reads what a host, a group or the defaults say, and hands on the keys that are not about reaching a host. */
export class SettingsReader {
  readonly #document: YamlDocument;
  readonly #json: JsonReader;
  /** Key files that are not absolute lie beside the inventory. */
  readonly #folder: string;

  constructor(document: YamlDocument, folder: string) {
    this.#document = document;
    this.#json = new JsonReader(document);
    this.#folder = folder;
  }

  /** null: nothing is said. `more` takes the further keys that are allowed here, and returns false for others. */
  read(
    node: Node,
    path: string,
    keys: readonly string[],
    more: (key: string, value: Node, path: string) => void = () => undefined,
  ): Settings | null {
    if (this.isNothing(node)) return null;
    this.expect(node, path, 'mapping', `a map of ${keys.join(', ')}`);
    const found: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...SILENT };
    for (const [key, value, keyNode] of this.#document.entries(node, path)) {
      const here = path === '' ? shownKey(key) : `${path}.${shownKey(key)}`;
      if (!keys.includes(key)) throw this.unknownKey(keyNode, here, key, keys);
      switch (key) {
        case 'address':
          found.address = this.#address(value, here);
          break;
        case 'port':
          found.port = this.#port(value, here);
          break;
        case 'user':
          found.user = this.#user(value, here);
          break;
        case 'identity':
          found.identities = this.#identities(value, here);
          break;
        case 'jump':
          found.jump = this.#jump(value, here);
          break;
        case 'vars':
          found.vars = this.#vars(value, here);
          break;
        default:
          more(key, value, here);
      }
    }
    return found;
  }

  get warnings(): readonly string[] {
    return this.#json.warnings;
  }

  isNothing(node: Node): boolean {
    return this.#document.kind(node) === 'scalar' && this.#document.scalar(node).value === null;
  }

  expect(node: Node, path: string, kind: 'mapping' | 'sequence', what: string): void {
    const found = this.#document.kind(node);
    if (found !== kind) {
      throw this.#document.error(node, path, `must be ${what}, not ${this.#found(node)}`);
    }
  }

  /** Text that YAML reads as text: 0123 and 10.0 would be other names than they seem. */
  text(node: Node, path: string, what: string): string {
    if (this.#document.kind(node) !== 'scalar') {
      throw this.#document.error(node, path, `must be ${what}, not ${this.#found(node)}`);
    }
    const { text, value } = this.#document.scalar(node);
    if (typeof value === 'string') return value;
    if (value === null) throw this.#document.error(node, path, `must be ${what}, and is empty`);
    const hint = `quote it: "${text}"`;
    throw this.#document.error(
      node,
      path,
      `must be ${what}, but YAML reads ${text} as ${typeName(value)}`,
      hint,
    );
  }

  unknownKey(node: Node, path: string, key: string, keys: readonly string[]): Error {
    const { hint = `the keys here are ${keys.join(', ')}` } = hintFor(key, keys);
    return this.#document.error(
      node,
      path,
      `${shownKey(key)} is no key of an inventory here`,
      hint,
    );
  }

  /** One text, or a list of texts. */
  texts(node: Node, path: string, what: string): readonly { text: string; node: Node }[] {
    if (this.#document.kind(node) !== 'sequence')
      return [{ text: this.text(node, path, what), node }];
    return [...this.#document.items(node)].map((item) => ({
      text: this.text(item, path, what),
      node: item,
    }));
  }

  #address(node: Node, path: string): string {
    const text = this.text(node, path, 'the name or address of a host');
    const parsed = parseHostName(text);
    const fault =
      typeof parsed === 'string'
        ? parsed
        : parsed.user !== null || parsed.port !== null
          ? 'names a user or a port, which have keys of their own'
          : null;
    if (fault !== null) throw this.#document.error(node, path, `${shownKey(text)} ${fault}`);
    return typeof parsed === 'string' ? text : parsed.host;
  }

  #port(node: Node, path: string): number {
    const isScalar = this.#document.kind(node) === 'scalar';
    const { text, value } = isScalar ? this.#document.scalar(node) : { text: '', value: null };
    const port = typeof value === 'number' ? parsePort(text) : null;
    if (port !== null) return port;
    const found = isScalar && text !== '' ? shownKey(text) : this.#found(node);
    throw this.#document.error(node, path, `must be a whole number from 1 to 65535, not ${found}`);
  }

  #user(node: Node, path: string): string {
    const user = this.text(node, path, 'the name of a user');
    const fault = userFault(user);
    if (fault !== null) throw this.#document.error(node, path, `${shownKey(user)} ${fault}`);
    return user;
  }

  #identities(node: Node, path: string): readonly string[] {
    return this.texts(node, path, 'the path of a private key').map(({ text, node: at }) => {
      if (text === '' || visible(text) !== text || /^~[^/]/u.test(text)) {
        throw this.#document.error(at, path, `${shownKey(text)} is no path of a private key`);
      }
      return text.startsWith('~/') ? text : resolve(this.#folder, text);
    });
  }

  #jump(node: Node, path: string): readonly string[] {
    const text = this.text(node, path, 'jump hosts, separated by commas, or none');
    const hops = parseJump(text);
    if (typeof hops === 'string') throw this.#document.error(node, path, hops);
    return hops;
  }

  #vars(node: Node, path: string): Readonly<Record<string, Json>> {
    if (this.isNothing(node)) return NO_VARS;
    this.expect(node, path, 'mapping', 'a map of variables');
    return this.#json.map(node, path);
  }

  #found(node: Node): string {
    switch (this.#document.kind(node)) {
      case 'mapping':
        return 'a map';
      case 'sequence':
        return 'a list';
      case 'scalar': {
        const { text, value } = this.#document.scalar(node);
        return value === null ? 'nothing' : shownKey(text);
      }
    }
  }
}

function typeName(value: number | boolean): string {
  return typeof value === 'number' ? 'a number' : 'a truth value';
}

const NO_VARS: Readonly<Record<string, Json>> = Object.freeze({ __proto__: null });
/** What hosts, groups and defaults can all say. */
export const CONNECTION_KEYS: readonly string[] = ['port', 'user', 'identity', 'jump', 'vars'];
