import { violation, type Violation } from './violation.ts';
import type { RunSeen } from './run.ts';
import { formOf, jobOf } from './run.ts';

/** What servers have counted while a test ran. */
export interface ServersSeen {
  /** Sessions that real servers have begun; null: their logs are gone. */
  readonly sessions: number;
  /** Of each of our own servers, the commands it was asked for. */
  readonly asked: readonly (readonly string[])[];
}

/**
 * Invariant 5, as far as a test's servers can tell: one of ours is asked for a command no more often than there were runs of
 * it; real ones begin no more sessions than there were children that may have run, where no run needed any for itself.
 */
export function checkSent(runs: readonly RunSeen[], seen: ServersSeen): readonly Violation[] {
  const found: Violation[] = [];
  const own = runs.map(({ args }) => args.slice(args.indexOf('--') + 1).join(' '));
  for (const commands of seen.asked) {
    for (const command of new Set(commands)) {
      const times = commands.filter((other) => other === command).length;
      const runsOfIt = own.filter((other) => other === command).length;
      // Commands of our own, like those that end others, are asked for as often as it takes.
      if (runsOfIt > 0 && times > runsOfIt)
        found.push(violation('a command is sent once', `${times} times: ${command}`));
    }
  }
  const sent = runs.map(sentBy);
  // Who begins processes of its own has begun none that is seen here.
  if (sent.length === 0 || !sent.every((count) => count !== null)) return found;
  const most = sent.reduce((sum, count) => sum + count, 0);
  if (seen.sessions > most)
    found.push(
      violation('a command is sent once', `${seen.sessions} sessions for ${most} commands`),
    );
  return found;
}

/** How many of its children may have run; null: it cannot be told, or it needed further sessions to end them. */
function sentBy(run: RunSeen): number | null {
  const { args, isHeard, result } = run;
  if (
    !isHeard ||
    formOf(args) === null ||
    result.signal !== null ||
    EXTRA.some((word) => args.includes(word))
  )
    return null;
  const { children } = jobOf(run);
  if (children.some(({ state, failure }) => state === 'Stopped' || ENDED.has(failure?.code ?? '')))
    return null;
  return children.filter(({ failure }) => failure?.mayHaveRun !== false).length;
}

const EXTRA = ['--durable', '--become', '-J', '--jump'];
/** We had to end them. */
const ENDED: ReadonlySet<string> = new Set(['timeout', 'output-limit', 'store']);
