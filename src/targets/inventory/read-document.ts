import { safeLine } from '../../base/safe-text.ts';
import { nameFault } from '../host-name.ts';
import { nodeSetError, type Where } from '../nodeset/fault.ts';
import { expandGroupNames } from '../nodeset/group-names.ts';
import { parseNodeSet } from '../nodeset/parse.ts';
import { countNames, expandParts } from '../nodeset/ranges.ts';
import type { Chain } from '../nodeset/syntax.ts';
import type { Settings } from './inventory.ts';
import { SettingsReader } from './read-settings.ts';
import { Spellings } from './spellings.ts';
import { shownKey, type Node, type YamlDocument } from './yaml.ts';
import type { ChangedNumber } from './yaml-json.ts';

/** An inventory as it is written: nothing is looked up yet. */
export interface WrittenInventory {
  readonly defaults: Settings | null;
  /** By name, in the order of the file. */
  readonly hosts: ReadonlyMap<string, Settings | null>;
  readonly spellings: Spellings;
  readonly groups: readonly WrittenGroup[];
  /** Whether `groups` stands before `hosts`: it decides the order of all hosts. */
  readonly groupsFirst: boolean;
  readonly changedNumbers: readonly ChangedNumber[];
}

export interface WrittenGroup {
  readonly name: string;
  readonly settings: Settings | null;
  readonly members: readonly { readonly chain: Chain; readonly where: Where }[];
  readonly groups: readonly { readonly name: string; readonly node: Node; readonly path: string }[];
  readonly node: Node;
}

export interface ReadLimits {
  readonly file: string;
  readonly folder: string;
  readonly maxHosts: number;
}

/** Reads the whole document. Throws ConfigError, naming file, line and key, for anything that is not as it should be. */
export function readDocument(document: YamlDocument, limits: ReadLimits): WrittenInventory {
  return new DocumentReader(document, limits).read();
}

class DocumentReader {
  readonly #document: YamlDocument;
  readonly #limits: ReadLimits;
  readonly #settings: SettingsReader;
  readonly #hosts = new Map<string, Settings | null>();
  readonly #spellings = new Spellings();
  #groups: readonly WrittenGroup[] = [];
  #defaults: Settings | null = null;

  constructor(document: YamlDocument, limits: ReadLimits) {
    this.#document = document;
    this.#limits = limits;
    this.#settings = new SettingsReader(document, limits.folder);
  }

  read(): WrittenInventory {
    const order: string[] = [];
    const { root } = this.#document;
    if (root !== null) {
      this.#settings.read(root, '', SECTIONS, (key, value) => {
        order.push(key);
        if (this.#settings.isNothing(value)) return;
        if (key === 'defaults') this.#defaults = this.#settings.read(value, key, DEFAULT_KEYS);
        else if (key === 'hosts') this.#readHosts(value);
        else this.#groups = this.#readGroups(value);
      });
    }
    const groupsFirst = order.indexOf('groups') < order.indexOf('hosts');
    return {
      defaults: this.#defaults,
      hosts: this.#hosts,
      spellings: this.#spellings,
      groups: this.#groups,
      groupsFirst,
      changedNumbers: this.#settings.changedNumbers,
    };
  }

  #readHosts(section: Node): void {
    if (this.#document.kind(section) === 'sequence') {
      for (const item of this.#document.items(section)) {
        const text = this.#settings.text(item, 'hosts', 'the name of a host');
        for (const name of this.#hostNames(text, item, 'hosts')) this.#addHost(name, null, item);
      }
      return;
    }
    this.#settings.expect(section, 'hosts', 'mapping', 'a map of hosts, or a list of them');
    for (const [key, value, keyNode] of this.#document.entries(section, 'hosts')) {
      const path = `hosts.${shownKey(key)}`;
      this.#settings.text(keyNode, path, 'the name of a host');
      const settings = this.#settings.read(value, path, HOST_KEYS);
      for (const name of this.#hostNames(key, keyNode, path)) {
        this.#addHost(name, settings, keyNode);
      }
    }
  }

  #addHost(name: string, settings: Settings | null, node: Node): void {
    const known = this.#spellings.find(name);
    if (known !== null) {
      const problem = known === name ? 'is there twice' : `is the same host as ${shownKey(known)}`;
      throw this.#document.error(node, `hosts.${shownKey(name)}`, problem);
    }
    if (this.#hosts.size >= this.#limits.maxHosts) {
      throw this.#document.error(node, 'hosts', `are more than ${String(this.#limits.maxHosts)}`);
    }
    this.#hosts.set(name, settings);
    this.#spellings.add(name);
  }

  /** A name, or several written with ranges. */
  #hostNames(text: string, node: Node, path: string): readonly string[] {
    if (SIMPLE_NAME.test(text) && nameFault(text) === null) return [text];
    const where = this.#where(node, path);
    const names: string[] = [];
    for (const { operator, term } of parseNodeSet(text, { where, pdshItems: false }).chain) {
      if (operator !== ',' || term.kind !== 'names') {
        throw nodeSetError(where, text, 'must name hosts, without operators, groups and wildcards');
      }
      if (countNames(term.parts) > this.#limits.maxHosts) {
        throw nodeSetError(where, text, `is more than ${String(this.#limits.maxHosts)} hosts`);
      }
      names.push(...expandParts(term.parts));
    }
    if (names.length === 0) throw nodeSetError(where, text, 'names no host');
    return names;
  }

  #readGroups(section: Node): readonly WrittenGroup[] {
    this.#settings.expect(section, 'groups', 'mapping', 'a map of groups');
    const groups: WrittenGroup[] = [];
    for (const [name, value, node] of this.#document.entries(section, 'groups')) {
      const path = `groups.${shownKey(name)}`;
      this.#settings.text(node, path, 'the name of a group');
      const fault = GROUP_NAME.test(name) ? nameFault(name) : 'is no name for a group';
      if (fault !== null) throw this.#document.error(node, path, fault);
      groups.push(this.#readGroup(name, value, node, path));
    }
    return groups;
  }

  #readGroup(name: string, value: Node, node: Node, path: string): WrittenGroup {
    const members: { chain: Chain; where: Where }[] = [];
    const groups: { name: string; node: Node; path: string }[] = [];
    const settings = this.#settings.read(value, path, GROUP_KEYS, (key, list, here) => {
      if (this.#settings.isNothing(list)) return;
      const what = key === 'hosts' ? 'a node set, or a list of them' : 'a list of names of groups';
      for (const { text, node: at } of this.#settings.texts(list, here, what)) {
        const where = this.#where(at, here);
        if (key === 'hosts') members.push({ chain: hostChain(text, where), where });
        else
          for (const child of expandGroupNames(text, where))
            groups.push({ name: child, node: at, path: here });
      }
    });
    return { name, settings, members, groups, node };
  }

  #where(node: Node, path: string): Where {
    return () => `${safeLine(this.#limits.file)}:${String(this.#document.line(node))}: ${path}`;
  }
}

function hostChain(text: string, where: Where): Chain {
  if (SIMPLE_NAME.test(text) && nameFault(text) === null) {
    return [{ operator: ',', term: { kind: 'names', text, parts: [{ kind: 'text', text }] } }];
  }
  const { chain } = parseNodeSet(text, { where, pdshItems: false });
  refuseAll(chain, where);
  return chain;
}

/** What depends on the whole inventory cannot stand within it. */
function refuseAll(chain: Chain, where: Where): void {
  for (const { term } of chain) {
    if (term.kind === 'set') refuseAll(term.chain, where);
    if (term.kind === 'all' || term.kind === 'group-names') {
      throw nodeSetError(where, term.text, 'cannot stand in a group: it would hold itself');
    }
  }
}

const CONNECTION_KEYS = ['port', 'user', 'identity', 'jump', 'vars'];
const SECTIONS = ['defaults', 'groups', 'hosts'];
const DEFAULT_KEYS = CONNECTION_KEYS;
const HOST_KEYS = ['address', ...CONNECTION_KEYS];
const GROUP_KEYS = ['hosts', 'groups', ...CONNECTION_KEYS];
/** Most names: no need to parse them. */
const SIMPLE_NAME = /^[\w.-]+$/u;
/** What `@name` can say. */
const GROUP_NAME = /^[^\s@,!&^*?()[\]:/-][^\s@,!&^*?()[\]:/]*$/u;
