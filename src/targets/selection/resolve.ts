import { join } from 'node:path';
import { ConfigError } from '../../model/errors.ts';
import type { Json } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { bareMap, NO_VARS } from '../bare-map.ts';
import { parseHostName, type HostName } from '../host-name.ts';
import { parseJump } from '../inventory/jump.ts';
import { SILENT, type Inventory, type Layer, type Settings } from '../inventory/inventory.ts';
import { shown } from '../nodeset/fault.ts';
import { DIRECT, JumpChains, type Hop, type SaidJump } from './jump-chains.ts';

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
}

/** A value, and who said so: `the name`, `command line`, `host`, `group web`, `defaults`, `built-in`. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly source: string;
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
}

/** Makes targets of names: what the name itself says, then the command line, the inventory, what is built in. */
export class Resolver {
  readonly #request: ResolveRequest;
  readonly #command: Layer;
  readonly #chains: JumpChains = new JumpChains((hop) => this.#hop(hop));

  constructor(request: ResolveRequest) {
    this.#request = request;
    this.#command = { source: 'command line', settings: settingsOf(request.overrides) };
  }

  target(name: string): Target {
    const looked = this.#look(name, [this.#command]);
    const target = this.#target(name, looked);
    const said = saidJump(looked);
    return said.hops.length === 0 ? target : { ...target, jump: this.#chains.way(target, said) };
  }

  explain(name: string): ResolvedTarget {
    const looked = this.#look(name, [this.#command]);
    const { layers } = looked;
    const vars = new Map<string, Sourced<Json> & { name: string }>();
    for (const { settings, source } of layers) {
      for (const [key, value] of Object.entries(settings.vars ?? {})) {
        if (!vars.has(key)) vars.set(key, { name: key, value, source });
      }
    }
    const target = this.target(name);
    const sourceOf = (key: keyof Settings): string => sayer(layers, key)?.source ?? 'built-in';
    const sources = {
      address: {
        value: target.address,
        source: sourceOf('address') === 'host' ? 'host' : 'the name',
      },
      port: { value: target.port, source: sourceOf('port') },
      user: { value: target.user, source: sourceOf('user') },
      identities: { value: target.identities, source: sourceOf('identities') },
      jump: { value: target.jump.map((hop) => hop.name), source: sourceOf('jump') },
      vars: [...vars.values()],
    };
    return { target, sources };
  }

  /** A jump host: what the command line says of the targets is not said of it. */
  #hop(text: string): Hop {
    const looked = this.#look(text, []);
    const { vars: _, ...target } = this.#target(text, looked);
    const hop = { ...target, vars: NO_VARS, groups: NONE };
    // The defaults tell the way to the targets, of which the jump hosts are a part.
    const said = looked.layers.filter(({ source }) => source !== 'defaults');
    return { target: hop, said: saidJump({ ...looked, layers: said }) };
  }

  #look(name: string, above: readonly Layer[]): Looked {
    const host = parseHostName(name);
    if (typeof host === 'string')
      throw new ConfigError('node-set', `the host ${shown(name)} ${host}`);
    const { inventory } = this.#request;
    const known = inventory.canonical(name) ?? inventory.canonical(host.host);
    const fromFile = known === null ? inventory.defaults : inventory.layers(known);
    const fromName = host.user === null && host.port === null ? [] : [nameLayer(host)];
    return { host, known, layers: [...fromName, ...above, ...fromFile] };
  }

  /** Without the way to it. */
  #target(name: string, { host, layers, known }: Looked): Target {
    const { defaults, inventory } = this.#request;
    const identities = first(layers, 'identities') ?? [];
    return {
      name,
      address: first(layers, 'address') ?? host.host,
      port: first(layers, 'port') ?? DEFAULT_PORT,
      user: first(layers, 'user') ?? defaults.user,
      identities: identities.map((path) => fromHome(path, defaults.homeDirectory)),
      jump: DIRECT,
      vars: mergeVars(layers),
      groups: known === null ? NONE : inventory.groupsOf(known),
    };
  }
}

/** What is known of a host before anything is decided. */
interface Looked {
  readonly host: HostName;
  /** What counts most comes first. */
  readonly layers: readonly Layer[];
  /** How the inventory spells it. */
  readonly known: string | null;
}

function saidJump({ layers }: Looked): SaidJump {
  const said = sayer(layers, 'jump');
  return { hops: said?.settings.jump ?? NONE, ofMany: said?.source !== 'host' };
}

function sayer(layers: readonly Layer[], key: keyof Settings): Layer | null {
  return layers.find(({ settings }) => settings[key] !== null) ?? null;
}

function first<Key extends keyof Settings>(
  layers: readonly Layer[],
  key: Key,
): Settings[Key] | null {
  return sayer(layers, key)?.settings[key] ?? null;
}

/** The nearest word counts, variable by variable. One map is handed on as it is: most hosts share one. */
function mergeVars(layers: readonly Layer[]): Readonly<Record<string, Json>> {
  const said = layers.flatMap(({ settings }) => (settings.vars === null ? [] : [settings.vars]));
  const [only] = said;
  if (only === undefined) return NO_VARS;
  if (said.length === 1) return only;
  const merged = bareMap();
  for (const vars of said.toReversed()) {
    for (const [key, value] of Object.entries(vars)) merged[key] = value;
  }
  return merged;
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

function nameLayer({ user, port }: HostName): Layer {
  return { source: 'the name', settings: { ...SILENT, user, port } };
}

function fromHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

const NONE: readonly string[] = [];
/** RFC 4253 section 4.1. */
const DEFAULT_PORT = 22;
