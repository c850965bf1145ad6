/**
 * Waits until `condition` gives something other than false, null or undefined, and gives that. Looks every few
 * milliseconds; rejects when the deadline is over, with the last error the condition threw as the cause.
 */
export async function eventually<T>(
  condition: () => Awaitable<T | false | null | undefined>,
  options: { readonly deadlineMs?: number; readonly what?: string } = {},
): Promise<T> {
  const { deadlineMs = 5_000, what = 'the condition' } = options;
  const until = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
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
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type Awaitable<T> = T | Promise<T>;

const POLL_MS = 15;
