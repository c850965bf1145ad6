import type { Facts } from '../../model/facts.ts';
import { all, first, pairs, text, type Said } from './said.ts';

export interface Uname {
  readonly family: string;
  readonly hostname: string | null;
  readonly release: string | null;
  readonly version: string | null;
  readonly architecture: string | null;
}

/** Of `uname -snrvm`, where only the version has blanks. */
export function parseUname(said: Said): Uname | null {
  const words = (first(said, 'uname') ?? '').split(' ');
  const [family = '', hostname, release, ...more] = words;
  if (!/^[A-Za-z][\w.-]{0,63}$/u.test(family)) return null;
  const architecture = more.length > 1 ? more.pop() : null;
  return {
    family: family.toLowerCase(),
    hostname: text(hostname),
    release: text(release),
    version: text(more.join(' ')),
    architecture: text(architecture, 64),
  };
}

export function parseOs(said: Said, family: string): Facts['os'] {
  if (family === 'darwin') return macOs(said);
  const release = pairs(said, 'os', '=');
  const value = (key: string): string | null => text(unquoted(release.get(key) ?? ''));
  const told = {
    id: value('ID'),
    name: value('PRETTY_NAME'),
    version: value('VERSION_ID'),
    codename: value('VERSION_CODENAME'),
    family,
  };
  if (told.id !== null) return told;
  return (family === 'freebsd' ? freeBsd(said) : redHat(said)) ?? told;
}

/** sw_vers(1). */
function macOs(said: Said): Facts['os'] {
  const told = pairs(said, 'sw_vers', ':');
  const version = text(told.get('ProductVersion'));
  const name = text([told.get('ProductName') ?? 'macOS', version ?? ''].join(' '));
  return { id: 'macos', name, version, codename: null, family: 'darwin' };
}

/** freebsd-version(1): of the kernel, then of the rest, as 14.0-RELEASE-p5. Before 13 there is no os-release. */
function freeBsd(said: Said): Facts['os'] | null {
  const version = text(all(said, 'freebsd').at(-1));
  if (version === null) return null;
  return {
    id: 'freebsd',
    name: `FreeBSD ${version}`,
    version: /^[\d.]+/u.exec(version)?.[0] ?? null,
    codename: null,
    family: 'freebsd',
  };
}

/** What there was before os-release(5): `CentOS release 6.10 (Final)`. */
function redHat(said: Said): Facts['os'] | null {
  const name = text(first(said, 'redhat'));
  if (name === null) return null;
  const id = /^red hat/iu.test(name) ? 'rhel' : (/^[A-Za-z]+/u.exec(name)?.[0] ?? null);
  const version = / release (\d[\d.]*)/u.exec(name)?.[1] ?? null;
  return { id: id?.toLowerCase() ?? null, name, version, codename: null, family: 'linux' };
}

/** As os-release(5) says: a word of the shell's, which may be in quotes of either kind. */
function unquoted(word: string): string {
  const trimmed = word.trim();
  const quote = trimmed[0];
  if (quote !== '"' && quote !== "'") return trimmed.replaceAll(/\\(.)/gu, '$1');
  const inside = trimmed.slice(1, trimmed.endsWith(quote) ? -1 : undefined);
  return quote === '"' ? inside.replaceAll(/\\([$"\\`])/gu, '$1') : inside;
}
