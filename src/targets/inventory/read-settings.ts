import { resolve } from 'node:path';
import { visible } from '../../base/safe-text.ts';
import type { Json } from '../../model/json.ts';
import { NO_VARS } from '../bare-map.ts';
import { isPlainName, parseHostName, parsePort, userFault } from '../host-name.ts';
import { hintFor } from '../near-miss.ts';
import { SILENT, type Settings } from './inventory.ts';
import { parseJump } from './jump.ts';
import { shownKey, type Node, type Scalar, type YamlDocument } from './yaml.ts';
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

  /** null: nothing is said. `more` takes the values of the further keys that are allowed here. */
  read(
    node: Node,
    keys: readonly string[],
    more: (key: string, value: Node) => void = () => undefined,
  ): Settings | null {
    if (this.isNothing(node)) return null;
    this.expect(node, 'mapping', `a map of ${keys.join(', ')}`);
    const found: { -readonly [Key in keyof Settings]: Settings[Key] } = { ...SILENT };
    for (const [{ text: key }, value, keyNode] of this.#document.entries(node)) {
      if (!keys.includes(key)) throw this.#unknownKey(keyNode, key, keys);
      switch (key) {
        case 'address':
          found.address = this.#address(value);
          break;
        case 'port':
          found.port = this.#port(value);
          break;
        case 'user':
          found.user = this.#user(value);
          break;
        case 'identity':
          found.identities = this.#identities(value);
          break;
        case 'jump':
          found.jump = this.#jump(value);
          break;
        case 'vars':
          found.vars = this.#vars(value);
          break;
        default:
          more(key, value);
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

  expect(node: Node, kind: 'mapping' | 'sequence', what: string): void {
    const found = this.#document.kind(node);
    if (found !== kind) {
      throw this.#document.error(node, `must be ${what}, not ${this.#found(node)}`);
    }
  }

  text(node: Node, what: string): string {
    if (this.#document.kind(node) !== 'scalar') {
      throw this.#document.error(node, `must be ${what}, not ${this.#found(node)}`);
    }
    return this.name(node, this.#document.scalar(node), what);
  }

  /** What YAML reads as text: 0123 and 10.0 would be other names than they seem. */
  name(node: Node, { text, value }: Scalar, what: string): string {
    if (typeof value === 'string') return value;
    if (value === null) throw this.#document.error(node, `must be ${what}, and is empty`);
    const reading = `YAML reads ${text} as ${typeName(value)}`;
    throw this.#document.error(node, `must be ${what}, but ${reading}`, `quote it: "${text}"`);
  }

  #unknownKey(node: Node, key: string, keys: readonly string[]): Error {
    const { hint = `the keys here are ${keys.join(', ')}` } = hintFor(key, keys);
    return this.#document.error(node, `unknown key ${shownKey(key)}`, hint);
  }

  /** One text, or a list of texts. */
  texts(node: Node, what: string): readonly { text: string; node: Node }[] {
    if (this.#document.kind(node) !== 'sequence') return [{ text: this.text(node, what), node }];
    return [...this.#document.items(node)].map((item) => ({
      text: this.text(item, what),
      node: item,
    }));
  }

  #address(node: Node): string {
    const text = this.text(node, 'the name or address of a host');
    if (isPlainName(text)) return text;
    const parsed = parseHostName(text);
    const fault =
      typeof parsed === 'string'
        ? parsed
        : parsed.user !== null || parsed.port !== null
          ? 'names a user or a port, which have keys of their own'
          : null;
    if (fault !== null) throw this.#document.error(node, `${shownKey(text)} ${fault}`);
    return typeof parsed === 'string' ? text : parsed.host;
  }

  #port(node: Node): number {
    const isScalar = this.#document.kind(node) === 'scalar';
    const { text, value } = isScalar ? this.#document.scalar(node) : { text: '', value: null };
    const port = typeof value === 'number' ? parsePort(text) : null;
    if (port !== null) return port;
    const found = isScalar && text !== '' ? shownKey(text) : this.#found(node);
    throw this.#document.error(node, `must be a whole number from 1 to 65535, not ${found}`);
  }

  #user(node: Node): string {
    const user = this.text(node, 'the name of a user');
    const fault = userFault(user);
    if (fault !== null) throw this.#document.error(node, `${shownKey(user)} ${fault}`);
    return user;
  }

  #identities(node: Node): readonly string[] {
    return this.texts(node, 'the path of a private key').map(({ text, node: at }) => {
      if (text === '' || visible(text) !== text || /^~[^/]/u.test(text)) {
        throw this.#document.error(at, `${shownKey(text)} is no path of a private key`);
      }
      return text.startsWith('~/') ? text : resolve(this.#folder, text);
    });
  }

  #jump(node: Node): readonly string[] {
    const text = this.text(node, 'jump hosts, separated by commas, or none');
    const hops = parseJump(text);
    if (typeof hops === 'string') throw this.#document.error(node, hops);
    return hops;
  }

  #vars(node: Node): Readonly<Record<string, Json>> {
    if (this.isNothing(node)) return NO_VARS;
    this.expect(node, 'mapping', 'a map of variables');
    return this.#json.map(node);
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

/** What hosts, groups and defaults can all say. */
export const CONNECTION_KEYS: readonly string[] = ['port', 'user', 'identity', 'jump', 'vars'];
