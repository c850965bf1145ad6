/**
 * What the controller says, as what it is of: it runs as this user and is of this version, and its server is tested against
 * its schemas; to look at each field again would cost more than all the rest.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it names the type of what comes
export function trusted<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return value as T;
}
