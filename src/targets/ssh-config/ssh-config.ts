import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { PLAIN_SSH, type SshSettings } from '../../model/ssh-settings.ts';
import { userFault } from '../host-name.ts';
import { shown } from '../nodeset/fault.ts';
import { isYes } from './arguments.ts';
import { BlockIndex } from './block-index.ts';
import { fault, placeOfDirective, type Directive } from './directive.ts';
import { keysThere, type NameContext } from './file-names.ts';
import { execSucceeds } from './match-exec.ts';
import { Notices } from './notices.ts';
import type { Obtained } from './gathering.ts';
import { obtain, type ExecCriterion, type HostQuery, type ObtainContext } from './obtain.ts';
import { matchesList } from './patterns.ts';
import { hostNameOf, lastJump, proxyOf, type Proxy } from './proxy.ts';
import { unknownKeyword, type Reader } from './read.ts';
import { settingsKey, settingsOf, type Decided } from './settings.ts';
import { expand, hostTokens, type Tokens, type Variables } from './tokens.ts';

/** Whose configuration it is, and on which machine: everything that files may refer to. */
export interface LocalContext {
  readonly home: string;
  readonly cwd: string;
  readonly user: string;
  /** null: this system has no such thing. */
  readonly uid: number | null;
  /** The name of this machine. */
  readonly hostName: string;
  readonly env: Variables;
}

export interface SshConfigOptions {
  /** Whether the commands of `Match exec` may be run. */
  readonly matchExec: boolean;
  readonly decided: ReadonlySet<Decided>;
}

/** What is said of one host, before other words are weighed against it. null: nothing. */
export interface Lookup {
  readonly obtained: Obtained;
  /** HostName, with tokens expanded. */
  readonly address: Said<string> | null;
  readonly user: Said<string> | null;
  readonly port: Said<number> | null;
}

export interface Said<Value> {
  readonly value: Value;
  readonly directive: Directive;
}

/** A host as it was decided on, for the settings that depend on it. */
export interface Place {
  /** As it was named. */
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly port: number;
}

/** What is said of how to reach a host, and which keys to use. */
export interface Reached {
  /** Key files that are there; null: nothing is said of any. */
  readonly identities: Said<readonly string[]> | null;
  /** What is said of the way is said by `-o`, which counts more than the inventory. */
  readonly isOption: boolean;
  /** The way. Only asked for where it counts: throws ConfigError for a command that needs a shell. */
  readonly proxy: () => Proxy | null;
  /** For a host whose way somebody else has said: without ProxyCommand. `ownKeys`: nobody else has named keys for it. */
  readonly settings: (proxy: Proxy | null, ownKeys: boolean) => SshSettings;
}

/** ssh_config(5), read. Looks up hosts one by one; what is the same for many is one object. */
export class SshConfig {
  readonly #context: ObtainContext;
  readonly #unknown: Reader['unknown'];
  readonly #local: LocalContext;
  readonly #options: SshConfigOptions;
  readonly #notices = new Notices();
  /** By where it is said. */
  readonly #settings = new Map<string, SshSettings>();
  /** By what they say. */
  readonly #shared = new Map<string, SshSettings>([[JSON.stringify(PLAIN_SSH), PLAIN_SSH]]);
  readonly #there = new Map<string, boolean>();
  readonly #ran = new Map<string, boolean>();
  /** What `-o` says, of each keyword what was said first. */
  readonly #commandLine: ReadonlyMap<string, Directive>;

  constructor({ blocks, unknown }: Reader, local: LocalContext, options: SshConfigOptions) {
    const [commandLine] = blocks;
    this.#commandLine = new Map(
      (commandLine?.directives ?? []).toReversed().map((one) => [one.keyword, one]),
    );
    this.#unknown = unknown;
    this.#local = local;
    this.#options = options;
    this.#context = {
      index: new BlockIndex(blocks),
      known: new Map(),
      localUser: local.user,
      exec: options.matchExec ? (criterion) => this.#exec(criterion) : null,
      unjudged: (criterion, place) => this.#notices.unjudged(criterion, place),
    };
  }

  /** Who and where according to `-o`, which counts more than the inventory. */
  get overrides(): Pick<HostQuery, 'user' | 'port'> {
    const [user, port] = ['user', 'port'].map((key) => this.#commandLine.get(key)?.args[0]);
    return { user: user ?? null, port: port === undefined ? null : Number(port) };
  }

  /** Throws ConfigError: a keyword that nobody knows, a name that is none, a connection that is refused. */
  lookup(query: HostQuery): Lookup {
    const obtained = obtain(
      query,
      this.#context,
      (first) => query.address ?? hostNameOf(first.get('hostname'), query.name),
    );
    this.#refuseUnknown(obtained);
    this.#notices.see(obtained);
    const { first } = obtained;
    const refused = first.get('refuseconnection');
    if (refused !== undefined) {
      const why = refused.args.join(' ');
      throw fault(placeOfDirective(refused), `${query.name} is refused: ${why}`);
    }
    const [host, user, port] = [first.get('hostname'), first.get('user'), first.get('port')];
    const address = host === undefined ? null : said(hostNameOf(host, query.name), host);
    const place = {
      name: query.name,
      address: query.address ?? address?.value ?? query.name,
      user: '',
      port: query.port ?? Number(port?.args[0] ?? DEFAULT_PORT),
    };
    return {
      obtained,
      address,
      user: user === undefined ? null : said(this.#userOf(user, place, first), user),
      port: port === undefined ? null : said(Number(port.args[0]), port),
    };
  }

  /** What else is said of a host, once it is known where it is. Throws ConfigError. */
  reach({ obtained }: Lookup, place: Place): Reached {
    const { first, every } = obtained;
    const { home, env } = this.#local;
    const keys = every.get('identityfile') ?? [];
    const way = first.get('proxycommand') ?? first.get('proxyjump');
    const only = isYes(first.get('identitiesonly')?.args[0] ?? 'no');
    const found = keys.length === 0 ? [] : keysThere(keys, this.#names(place, first), only);
    const sayer = found[0]?.directive ?? keys[0];
    const files = found.map(({ path }) => path);
    return {
      identities: sayer === undefined ? null : said(files, sayer),
      isOption: way?.origin.level === 'command line',
      proxy: () =>
        way === undefined ? null : proxyOf(first, this.#tokens(place, first), { home, env }),
      settings: (proxy, ownKeys) => this.#settingsOf(obtained, proxy, ownKeys, place),
    };
  }

  /** What has not been told yet of what is not honoured; safe text, one line each. */
  warnings(): readonly string[] {
    return this.#notices.take();
  }

  #settingsOf(
    obtained: Obtained,
    proxy: Proxy | null,
    ownKeys: boolean,
    place: Place,
  ): SshSettings {
    const key = settingsKey(obtained, proxy, ownKeys);
    const known = key === null ? undefined : this.#settings.get(key);
    if (known !== undefined) return known;
    const { decided } = this.#options;
    const names = this.#names(place, obtained.first);
    const found = settingsOf({ obtained, proxy, names, decided, ownKeys });
    const text = JSON.stringify(found);
    const shared = this.#shared.get(text) ?? found;
    this.#shared.set(text, shared);
    if (key !== null) this.#settings.set(key, shared);
    return shared;
  }

  #tokens(place: Place, first: ReadonlyMap<string, Directive>): Tokens {
    const { home, user: localUser, uid, hostName: localHost } = this.#local;
    const { name, address, user, port } = place;
    return hostTokens({
      name,
      // As ssh has it: names in small letters, addresses as they are.
      address: isIP(address) === 0 ? address.toLowerCase() : address,
      user,
      port,
      hostKeyAlias: first.get('hostkeyalias')?.args[0]?.toLowerCase() ?? null,
      jump: lastJump(first.get('proxyjump')),
      home,
      localUser,
      uid,
      localHost,
    });
  }

  #names(place: Place, first: ReadonlyMap<string, Directive>): NameContext {
    const { home, cwd, user, env } = this.#local;
    const tokens = this.#tokens(place, first);
    return { tokens, home, cwd, localUser: user, env, exists: (path) => this.#exists(path) };
  }

  #exists(path: string): boolean {
    const known = this.#there.get(path);
    if (known !== undefined) return known;
    const found = existsSync(path);
    this.#there.set(path, found);
    return found;
  }

  /** What User names; its tokens are all but those that are made of it. */
  #userOf(directive: Directive, place: Place, first: ReadonlyMap<string, Directive>): string {
    const [text = ''] = directive.args;
    if (!/[%$]/u.test(text)) return text;
    const fail = (problem: string): Error => fault(placeOfDirective(directive), `User ${problem}`);
    const all = this.#tokens(place, first);
    const tokens: Tokens = (letter) => (letter === 'r' || letter === 'C' ? undefined : all(letter));
    const user = expand(text, tokens, this.#local.env, fail);
    const problem = user === text ? null : userFault(user);
    if (problem !== null) throw fail(`${shown(user)} ${problem}`);
    return user;
  }

  /** Each command is run once. */
  #exec({ command, place, query, state }: ExecCriterion): boolean {
    const { name, port } = query;
    const tokens = this.#tokens(
      {
        name,
        address: state.address,
        user: state.user,
        port: port ?? Number(state.first.get('port')?.args[0] ?? DEFAULT_PORT),
      },
      state.first,
    );
    const words = expand(command, tokens, null, (problem) => fault(place, `Match exec ${problem}`));
    const key = `${place} ${words}`;
    const known = this.#ran.get(key);
    if (known !== undefined) return known;
    const found = execSucceeds(command, place, tokens, this.#local);
    this.#ran.set(key, found);
    return found;
  }

  #refuseUnknown({ first }: Obtained): void {
    const ignore = this.#commandLine.get('ignoreunknown') ?? first.get('ignoreunknown');
    for (const directive of this.#unknown) {
      const isIgnored =
        ignore !== undefined &&
        ignore.position < directive.position &&
        matchesList(directive.keyword, (ignore.args[0] ?? '').toLowerCase());
      if (!isIgnored) throw unknownKeyword(directive);
    }
  }
}

function said<Value>(value: Value, directive: Directive): Said<Value> {
  return { value, directive };
}

/** RFC 4253 section 4.1. */
const DEFAULT_PORT = 22;
