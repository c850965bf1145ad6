import { isPlainName, nameFault } from '../host-name.ts';
import { nodeSetError, type Where } from '../nodeset/fault.ts';
import { expandGroupNames } from '../nodeset/group-names.ts';
import { parseNodeSet } from '../nodeset/parse.ts';
import type { Chain } from '../nodeset/syntax.ts';
import type { Settings } from './inventory.ts';
import { CONNECTION_KEYS, type SettingsReader } from './read-settings.ts';
import type { Node, YamlDocument } from './yaml.ts';

/** A group as it is written: what it names is not looked up yet. */
export interface WrittenGroup {
  readonly name: string;
  readonly settings: Settings | null;
  readonly members: readonly { readonly chain: Chain; readonly where: Where }[];
  readonly groups: readonly WrittenReference[];
  readonly node: Node;
}

export interface WrittenReference {
  readonly name: string;
  readonly node: Node;
}

/** The `groups` section, in the order of the file. Throws ConfigError. */
export function readGroups(
  document: YamlDocument,
  reader: SettingsReader,
  section: Node,
): readonly WrittenGroup[] {
  reader.expect(section, 'mapping', 'a map of groups');
  const groups: WrittenGroup[] = [];
  for (const [key, value, node] of document.entries(section)) {
    const name = reader.name(node, key, 'the name of a group');
    const fault = GROUP_NAME.test(name) ? nameFault(name) : 'is no name for a group';
    if (fault !== null) throw document.error(node, fault);
    groups.push(readGroup(document, reader, { name, value, node }));
  }
  return groups;
}

function readGroup(
  document: YamlDocument,
  reader: SettingsReader,
  entry: { readonly name: string; readonly value: Node; readonly node: Node },
): WrittenGroup {
  const members: { chain: Chain; where: Where }[] = [];
  const groups: WrittenReference[] = [];
  const settings = reader.read(entry.value, GROUP_KEYS, (key, list) => {
    if (reader.isNothing(list)) return;
    const what = key === 'hosts' ? 'a node set, or a list of them' : 'a list of names of groups';
    for (const { text, node } of reader.texts(list, what)) {
      const where = (): string => document.place(node);
      if (key === 'hosts') members.push({ chain: hostChain(text, where), where });
      else for (const name of expandGroupNames(text, where)) groups.push({ name, node });
    }
  });
  return { name: entry.name, settings, members, groups, node: entry.node };
}

function hostChain(text: string, where: Where): Chain {
  if (isPlainName(text)) {
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

const GROUP_KEYS: readonly string[] = ['hosts', 'groups', ...CONNECTION_KEYS];
/** What `@name` can say. */
const GROUP_NAME = /^[^\s@,!&^*?()[\]:/-][^\s@,!&^*?()[\]:/]*$/u;
