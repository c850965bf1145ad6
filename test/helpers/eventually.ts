/**
 * Waits until `condition` gives something other than false, null or undefined, and gives that. Looks often at first and
 * less often later; rejects when the deadline is over, with the last error the condition threw as the cause.
 */
export async function eventually<T>(
  condition: () => Awaitable<T | false | null | undefined>,
  options: { readonly deadlineMs?: number; readonly what?: string } = {},
): Promise<T> {
  const { deadlineMs = 5_000, what = 'the condition' } = options;
  const until = performance.now() + deadlineMs;
  let cause: unknown;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * GROWTH)) {
    try {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) {
        return value;
      }
    } catch (error) {
      cause = error;
    }
    if (performance.now() > until) {
      throw new Error(`${what} did not come true within ${deadlineMs} ms`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

type Awaitable<T> = T | Promise<T>;

/** A look at all processes takes some milliseconds, and what is waited for needs the processor itself. */
const FIRST_WAIT_MS = 5;
const GROWTH = 1.5;
const LONGEST_WAIT_MS = 60;
