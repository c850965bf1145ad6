/** Options are in seconds, as ssh's and clush's are; everything else counts milliseconds. null: not given. */
export function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}
