import { join } from 'node:path';
import type { Json } from '../../model/json.ts';
import { PLAIN_SSH } from '../../model/ssh-settings.ts';
import { ConfigError } from '../../model/errors.ts';
import type { Target } from '../../model/target.ts';
import { NO_VARS } from '../bare-map.ts';
import { parseHostName, type HostName } from '../host-name.ts';
import { SILENT, type Inventory, type Layer, type Settings } from '../inventory/inventory.ts';
import { parseJump } from '../inventory/jump.ts';
import { shown } from '../nodeset/fault.ts';
import { sourceOf } from '../ssh-config/directive.ts';
import type { Proxy } from '../ssh-config/proxy.ts';
import type { Lookup, Reached, SshConfig } from '../ssh-config/ssh-config.ts';
import { makeTarget, type Decided } from './decided.ts';
import { JumpChains, type Hop } from './jump-chains.ts';
import { mergeVars, pick, saidVars, sayer, type Looked, type Sourced } from './layers.ts';

export type { Sourced } from './layers.ts';

/** What the command line says about every host; null, or an empty list: nothing. */
export interface Overrides {
  readonly user: string | null;
  readonly port: number | null;
  /** Absolute paths. */
  readonly identities: readonly string[];
  /** As `ssh -J` takes it: `bob@gate:2222,inner`, or `none`. */
  readonly jump: string | null;
}

/** What holds where nobody says anything. */
export interface BuiltIn {
  readonly user: string;
  /** For `~/` in the inventory. */
  readonly homeDirectory: string;
}

export interface ResolveRequest {
  readonly inventory: Inventory;
  readonly overrides: Overrides;
  readonly defaults: BuiltIn;
  /** Absent: no ssh_config is asked. */
  readonly sshConfig?: SshConfig;
}

/** A target with the reason for each of its settings. */
export interface ResolvedTarget {
  readonly target: Target;
  readonly sources: {
    readonly address: Sourced<string>;
    readonly port: Sourced<number>;
    readonly user: Sourced<string>;
    readonly identities: Sourced<readonly string[]>;
    readonly jump: Sourced<readonly string[]>;
    readonly vars: readonly (Sourced<Json> & { readonly name: string })[];
  };
  /** What ssh_config says of it; null: none was asked. */
  readonly lookup: Lookup | null;
}

/**
 * Makes targets of names: what the name itself says, then the command line, the inventory, ssh_config, what is built in.
 */
export class Resolver {
  readonly #request: ResolveRequest;
  readonly #command: readonly Layer[];
  readonly #chains: JumpChains = new JumpChains((hop) => this.#hop(hop));

  constructor(request: ResolveRequest) {
    this.#request = request;
    this.#command = [{ source: 'command line', settings: settingsOf(request.overrides) }];
  }

  target(name: string): Target {
    const looked = this.#look(name, false);
    const decided = this.#decide(looked);
    return this.#target(name, looked, decided);
  }

  explain(name: string): ResolvedTarget {
    const looked = this.#look(name, false);
    const decided = this.#decide(looked);
    const target = this.#target(name, looked, decided);
    const { address, port, user, identities, jump } = decided;
    const way = target.jump.map((hop) => hop.name);
    return {
      target,
      sources: {
        address,
        port,
        user,
        identities,
        jump: { value: way, source: jump.source },
        vars: saidVars(looked.below),
      },
      lookup: looked.lookup,
    };
  }

  #target(name: string, { known, below }: Looked, decided: Decided): Target {
    const { said } = decided;
    const groups = known === null ? NO_GROUPS : this.#request.inventory.groupsOf(known);
    const target = makeTarget(name, decided, mergeVars(below), groups);
    return said.hops.length === 0 ? target : { ...target, jump: this.#chains.way(target, said) };
  }

  /** A jump host: what the command line says of the targets is not said of it. */
  #hop(text: string): Hop {
    const looked = this.#look(text, true);
    // The defaults tell the way to the targets, of which the jump hosts are a part.
    const isDefaultWay = sayer(looked.below, 'jump')?.source === 'defaults';
    const below = isDefaultWay ? looked.below.map(withoutJump) : looked.below;
    const decided = this.#decide({ ...looked, below });
    const target = makeTarget(text, decided, NO_VARS, NO_GROUPS);
    const { identities } = this.#request.overrides;
    // A key that was named for this run opens the way, too, where nothing else is said to.
    const keys = target.identities.length === 0 ? identities : target.identities;
    return { target: { ...target, identities: keys }, said: decided.said };
  }

  #look(name: string, isHop: boolean): Looked {
    const host = parseHostName(name);
    if (typeof host === 'string')
      throw new ConfigError('node-set', `the host ${shown(name)} ${host}`);
    const { inventory, sshConfig } = this.#request;
    const known = inventory.canonical(name) ?? inventory.canonical(host.host);
    const below = known === null ? inventory.defaults : inventory.layers(known);
    const { user, port } = host;
    const own = user === null && port === null ? NO_LAYERS : [nameLayer(host)];
    const above = isHop ? own : own.length === 0 ? this.#command : [...own, ...this.#command];
    const looked = { host: host.host, known, above, below, lookup: null };
    if (sshConfig === undefined) return looked;
    const overrides = isHop ? NOTHING : sshConfig.overrides;
    const lookup = sshConfig.lookup({
      name: host.host,
      address: sayer(below, 'address')?.settings.address ?? null,
      user: valueOf(above, 'user') ?? overrides.user ?? valueOf(below, 'user'),
      port: valueOf(above, 'port') ?? overrides.port ?? valueOf(below, 'port'),
      isHop,
    });
    return { ...looked, lookup };
  }

  #decide(looked: Looked): Decided {
    const { defaults, sshConfig } = this.#request;
    const { host, lookup } = looked;
    const place = {
      address: pick(looked, 'address', lookup?.address) ?? { value: host, source: 'the name' },
      port: pick(looked, 'port', lookup?.port) ?? { value: DEFAULT_PORT, source: BUILT_IN },
      user: pick(looked, 'user', lookup?.user) ?? { value: defaults.user, source: BUILT_IN },
    };
    const reached =
      lookup === null || sshConfig === undefined
        ? null
        : sshConfig.reach(lookup, {
            name: host,
            address: place.address.value,
            port: place.port.value,
            user: place.user.value,
          });
    const { jump, said, proxy } = this.#way(looked, reached);
    const { identities, areOwn } = this.#identities(looked, reached);
    const ssh = reached?.settings(proxy, areOwn) ?? PLAIN_SSH;
    return { ...place, identities, jump, said, ssh };
  }

  /** `areOwn`: ssh_config's word counts, as far as it says anything. */
  #identities(
    looked: Looked,
    reached: Reached | null,
  ): { readonly identities: Sourced<readonly string[]>; readonly areOwn: boolean } {
    const fromFiles = reached?.identities ?? null;
    const found = pick(looked, 'identities', fromFiles) ?? { value: NO_FILES, source: BUILT_IN };
    const areOwn = found.value === fromFiles?.value;
    if (!found.value.some((path) => path.startsWith('~/'))) return { identities: found, areOwn };
    const { homeDirectory } = this.#request.defaults;
    const value = found.value.map((path) => fromHome(path, homeDirectory));
    return { identities: { value, source: found.source }, areOwn };
  }

  /** How a host is reached: whoever speaks first of jump hosts, or of a command that stands for them. */
  #way(
    looked: Looked,
    reached: Reached | null,
  ): Pick<Decided, 'jump' | 'said'> & { readonly proxy: Proxy | null } {
    const { above, below } = looked;
    const option = sayer(above, 'jump');
    const layer = option ?? sayer(below, 'jump');
    const isFirst = (reached?.isOption === true ? option : layer) === null;
    const proxy = reached !== null && isFirst ? reached.proxy() : null;
    if (proxy === null) {
      const jump = { value: layer?.settings.jump ?? NO_HOPS, source: layer?.source ?? BUILT_IN };
      return { jump, said: { hops: jump.value, ofMany: layer?.source !== 'host' }, proxy };
    }
    const hops = proxy.kind === 'jump' ? proxy.hops : NO_HOPS;
    const jump = { value: hops, source: sourceOf(proxy.directive) };
    return { jump, said: { hops, ofMany: false }, proxy };
  }
}

function valueOf<Key extends 'user' | 'port'>(
  layers: readonly Layer[],
  key: Key,
): Settings[Key] | null {
  return sayer(layers, key)?.settings[key] ?? null;
}

function nameLayer({ user, port }: HostName): Layer {
  return { source: 'the name', settings: { ...SILENT, user, port } };
}

function withoutJump(layer: Layer): Layer {
  return { ...layer, settings: { ...layer.settings, jump: null } };
}

function settingsOf({ user, port, identities, jump }: Overrides): Settings {
  const hops = jump === null ? null : parseJump(jump);
  if (typeof hops === 'string') throw new ConfigError('usage', `-J: ${hops}`);
  return {
    ...SILENT,
    user,
    port,
    identities: identities.length === 0 ? null : identities,
    jump: hops,
  };
}

function fromHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

const NO_LAYERS: readonly Layer[] = [];
const NO_GROUPS: readonly string[] = [];
const NO_FILES: readonly string[] = [];
const NO_HOPS: readonly string[] = [];
const NOTHING = { user: null, port: null } as const;
const BUILT_IN = 'built-in';
/** RFC 4253 section 4.1. */
const DEFAULT_PORT = 22;
