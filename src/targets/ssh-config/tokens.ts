import { createHash } from 'node:crypto';

/** What a token of ssh_config(5) stands for, by its letter; undefined: nothing. */
export type Tokens = (letter: string) => string | undefined;

export interface TokenSources {
  /** As it was named, and what is connected to. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias: string | null;
  /** The last host of ProxyJump, without user and port; empty: there is none. */
  readonly jump: string;
  readonly home: string;
  readonly localUser: string;
  readonly uid: number | null;
  readonly localHost: string;
}

/** The tokens that file names and the like may hold (TOKENS in ssh_config(5)). */
export function hostTokens(from: TokenSources): Tokens {
  const here = localTokens({ ...from, user: from.localUser, hostName: from.localHost });
  const port = String(from.port);
  return (letter) => {
    switch (letter) {
      case 'C': {
        const parts = [from.localHost, from.address, port, from.user, from.jump];
        return createHash('sha1').update(parts.join('')).digest('hex');
      }
      case 'h':
        return from.address;
      case 'j':
        return from.jump;
      case 'k':
        return from.hostKeyAlias ?? from.name;
      case 'n':
        return from.name;
      case 'p':
        return port;
      case 'r':
        return from.user;
      default:
        return here(letter);
    }
  };
}

/** Those that are the same for all hosts. */
export function localTokens({ home, user, uid, hostName }: LocalNames): Tokens {
  return (letter) => {
    switch (letter) {
      case 'd':
        return home;
      case 'i':
        return String(uid ?? '');
      case 'L':
        return hostName.replace(/\..*$/su, '');
      case 'l':
        return hostName;
      case 'u':
        return user;
      default:
        return undefined;
    }
  };
}

interface LocalNames {
  readonly home: string;
  readonly user: string;
  readonly uid: number | null;
  readonly hostName: string;
}

/** What proxies may hold. */
export function proxyTokens(tokens: Tokens): Tokens {
  return (letter) => (/[hknpr]/u.test(letter) ? tokens(letter) : undefined);
}

/**
 * Puts in what tokens and, where `env` is given, `${VARIABLES}` stand for; `fail` is told what is wrong. What was put in
 * is not looked at again.
 */
export function expand(
  text: string,
  tokens: Tokens,
  env: Variables | null,
  fail: (problem: string) => Error,
): string {
  if (!/[%$]/u.test(text)) return text;
  return text.replace(env === null ? TOKEN : TOKEN_OR_VARIABLE, (found, variable?: string) => {
    if (found === '%%') return '%';
    if (found === '%') throw fail('ends with %, which needs a letter');
    if (found.startsWith('%')) {
      const value = tokens(found.slice(1));
      if (value === undefined) throw fail(`has the token ${found}, which means nothing here`);
      return value;
    }
    if (typeof variable !== 'string' || variable === '') throw fail('has a ${ that is not closed');
    const value = env?.[variable];
    if (value === undefined) throw fail(`names the variable ${variable}, which is not set`);
    return value;
  });
}

export type Variables = Readonly<Record<string, string | undefined>>;

const TOKEN = /%[\s\S]?/gu;
const TOKEN_OR_VARIABLE = /%[\s\S]?|\$\{(?:([^}]*)\})?/gu;
