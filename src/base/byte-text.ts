/** `0 bytes`, `999 bytes`, `1.0 kB`, `12.3 MB`: thousands, as most tools print sizes of data. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  let value = bytes;
  let unit = 0;
  // 999.95 of a unit would be printed as 1000.0 of it.
  for (; value >= 999.95 && unit < UNITS.length - 1; unit += 1) value /= 1000;
  return `${value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

const UNITS: readonly string[] = ['bytes', 'kB', 'MB', 'GB', 'TB'];
