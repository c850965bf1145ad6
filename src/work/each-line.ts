import { fillPlaces, linePlaces, noPlace, type LinePlaces } from './line-places.ts';

/** A command line with places for an item. */
export type LineTemplate = LinePlaces['parts'];

/** Finds the `{}` of a command line; without one the item becomes the last word. Throws ConfigError: see linePlaces. */
export function lineTemplate(line: string): LineTemplate {
  return withItem(linePlaces({ line, mark: '{}', names: [] }));
}

/** Where there is no place for an item, it is the last word. */
export function withItem({ parts, unsure }: LinePlaces): LineTemplate {
  if (parts.some((part) => typeof part !== 'string' && part.name === '')) return parts;
  if (unsure !== null) throw noPlace('', `behind ${unsure}`);
  return [...parts, ' ', { place: 'plain', name: '' }];
}

/** The command line for one item, which holds no NUL. */
export function fillLine(template: LineTemplate, item: string): string {
  return fillPlaces(template, () => item);
}
