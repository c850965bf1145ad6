import { parseHostName } from '../host-name.ts';
import { shown } from '../nodeset/fault.ts';

/** Jump hosts from nearest to farthest, as `ssh -J` takes them, URIs among them; `none` for none. A text is what is wrong. */
export function parseJump(text: string): readonly string[] | string {
  if (text.trim() === 'none') return [];
  const hops = withoutUris(text)
    .split(',')
    .map((hop) => hop.trim());
  for (const hop of hops) {
    const parsed = parseHostName(hop);
    if (typeof parsed === 'string') return `the jump host ${shown(hop)} ${parsed}`;
    if (hop.includes('/')) return `the jump host ${shown(hop)} has a path`;
  }
  return hops;
}

/**
 * `ssh://bob@gate:22` as `bob@gate:22`; what stands behind a `;` in the user is nobody's (`parse_uri` in OpenSSH's misc.c).
 */
export function withoutUris(text: string): string {
  return text.replaceAll(URI, (_, before: string, user: string | undefined, place: string) => {
    const who = user === undefined ? '' : `${decoded(user.replace(/;.*$/su, ''))}@`;
    return before + who + place.replace(/\/$/u, '');
  });
}

/** A user whose escapes cannot be read stays as it was written, and is refused as such. */
function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

const URI = /(^|,)\s*ssh:\/\/(?:([^@,]*)@)?([^,]*)/gu;
