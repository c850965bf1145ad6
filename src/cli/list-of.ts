import type { Values } from './values.ts';

/** The items of an option that takes a list with commas, and may be given again. */
export function listOf(values: Values, name: string): readonly string[] {
  return values
    .many(name)
    .flatMap((list) => list.split(','))
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
