import { isPlainName } from '../host-name.ts';
import { nodeSetError } from '../nodeset/fault.ts';
import { parseNodeSet } from '../nodeset/parse.ts';
import { requireHost } from '../nodeset/require-host.ts';
import { countNames, expandParts } from '../nodeset/ranges.ts';
import type { Settings } from './inventory.ts';
import { CONNECTION_KEYS, SettingsReader } from './read-settings.ts';
import { Spellings } from './spellings.ts';
import { shownKey, type Node, type YamlDocument } from './yaml.ts';

/** The `hosts` section, as it is written, gathered from one piece of the file after another. */
export class HostTable {
  /** By name, in the order of the file. null: nothing is said about the host. */
  readonly settings: Map<string, Settings | null> = new Map();
  readonly spellings: Spellings = new Spellings((name) => this.settings.has(name));
  readonly warnings: string[] = [];
  readonly #folder: string;
  readonly #maxHosts: number;

  constructor(folder: string, maxHosts: number) {
    this.#folder = folder;
    this.#maxHosts = maxHosts;
  }

  /** Takes a map of hosts, or a list of names. Throws ConfigError. */
  read(document: YamlDocument, section: Node): void {
    const reader = new SettingsReader(document, this.#folder);
    if (document.kind(section) === 'sequence') {
      for (const item of document.items(section)) {
        const text = reader.text(item, 'the name of a host');
        for (const name of this.#names(document, text, item)) this.#add(document, name, null, item);
      }
      return;
    }
    reader.expect(section, 'mapping', 'a map of hosts, or a list of them');
    for (const [key, value, keyNode] of document.pairs(section)) {
      const text = reader.name(keyNode, key, 'the name of a host');
      const settings = reader.read(value, HOST_KEYS);
      for (const name of this.#names(document, text, keyNode)) {
        this.#add(document, name, settings, keyNode);
      }
    }
    this.warnings.push(...reader.warnings);
  }

  #add(document: YamlDocument, name: string, settings: Settings | null, node: Node): void {
    const known = this.spellings.find(name);
    if (known !== null) {
      const other = known === name ? '' : `, which is ${shownKey(known)} but for its case`;
      throw document.error(node, `duplicate host ${shownKey(name)}${other}`);
    }
    if (this.settings.size >= this.#maxHosts) {
      throw document.error(node, `there are more than ${String(this.#maxHosts)} hosts`);
    }
    this.settings.set(name, settings);
    this.spellings.add(name);
  }

  /** One name, or several written with ranges. */
  #names(document: YamlDocument, text: string, node: Node): readonly string[] {
    if (isPlainName(text)) return [text];
    const where = (): string => document.place(node);
    const names: string[] = [];
    for (const { operator, term } of parseNodeSet(text, { where, pdshItems: false }).chain) {
      if (operator !== ',' || term.kind !== 'names') {
        throw nodeSetError(where, text, 'must name hosts, without operators, groups and wildcards');
      }
      if (names.length + countNames(term.parts) > this.#maxHosts) {
        throw nodeSetError(where, text, `is more than ${String(this.#maxHosts)} hosts`);
      }
      for (const name of expandParts(term.parts)) names.push(requireHost(name, where));
    }
    if (names.length === 0) throw nodeSetError(where, text, 'names no host');
    return names;
  }
}

const HOST_KEYS: readonly string[] = ['address', ...CONNECTION_KEYS];
