import type { Clock } from '../../base/clock.ts';
import { asError } from '../../base/system-error.ts';
import { FailureError } from '../../model/failure.ts';
import type { Connection } from '../../model/ports/transport.ts';
import { quote } from '../quote.ts';
import { sendCommand, type RemoteCommand } from '../remote-command.ts';
import { within } from '../stop/patience.ts';

/**
 * SHA-256 digests of a host's files, made by a program of the host's own on a channel beside the transfer's. The shell and
 * what it looks for are ready when the first names come: `prepare` begins them ahead.
 */
export class HostDigests {
  readonly #clock: Clock;
  readonly #connection: Connection;
  #prepared: Promise<Asking | null> | null = null;
  #waiting: Waiting[] = [];
  #isAsking = false;
  #isMissing = false;

  /** `signal`: nothing is waited for any more. */
  constructor(clock: Clock, connection: Connection, signal: AbortSignal) {
    this.#clock = clock;
    this.#connection = connection;
    signal.addEventListener('abort', () => this.close(), { once: true });
  }

  /** The host has turned out to have no such program, or to run no command for us. */
  get isMissing(): boolean {
    return this.#isMissing;
  }

  prepare(): void {
    if (!this.#isMissing) this.#prepared ??= ask(this.#clock, this.#connection);
  }

  /**
   * One for each path, which is absolute; null where that file cannot be read. null: the host cannot make any. What is asked
   * for while the host is at work is asked for together, behind that: it may have few sessions for us.
   */
  of(paths: readonly string[]): Promise<HostAnswer | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ paths, resolve, reject });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  /** Whoever waits is told that there are none. Idempotent. */
  close(): void {
    this.#isMissing = true;
    void this.#prepared?.then((asking) => asking?.close());
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      let waiting: readonly Waiting[] = [];
      try {
        this.prepare();
        const asking = await this.#prepared;
        waiting = this.#waiting;
        this.#waiting = [];
        const paths = waiting.flatMap((one) => one.paths);
        const answer = this.#isMissing ? null : ((await asking?.answer(paths)) ?? null);
        // Of one that was closed in the middle, nothing is known.
        if (answer === null) this.#isMissing = true;
        let at = 0;
        for (const { paths: own, resolve } of waiting) {
          const digests = answer?.digests.slice(at, at + own.length) ?? [];
          resolve(answer === null || this.#isMissing ? null : { uid: answer.uid, digests });
          at += own.length;
        }
      } catch (error) {
        for (const { reject } of [...waiting, ...this.#waiting]) reject(asError(error));
        this.#waiting = [];
      }
      this.#prepared = null;
    }
    this.#isAsking = false;
  }
}

interface Waiting {
  readonly paths: readonly string[];
  readonly resolve: (answer: HostAnswer | null) => void;
  readonly reject: (error: Error) => void;
}

export interface HostAnswer {
  /** As whom the host knows us. */
  readonly uid: number;
  readonly digests: readonly (string | null)[];
}

/** One run of the script: begun, and waiting for names. */
interface Asking {
  answer(paths: readonly string[]): Promise<HostAnswer | null>;
  close(): void;
}

/** Never rejects: a host that runs no commands has no digests, and contact that is lost shows elsewhere. */
async function ask(clock: Clock, connection: Connection): Promise<Asking | null> {
  const said: Buffer[] = [];
  let size = 0;
  let most = 0;
  let command: RemoteCommand | null = null;
  let begun = (): void => undefined;
  const hasBegun = new Promise<true>((resolve) => {
    begun = () => resolve(true);
  });
  try {
    command = await sendCommand(clock, connection, LINE, {
      data: (stream, bytes) => {
        if (stream === 'error') return;
        size += bytes.length;
        // What a login shell prints of its own is let pass, up to a point.
        if (size > MOST_NOISE + most) command?.channel.close();
        else said.push(Buffer.from(bytes));
        begun();
      },
    });
  } catch (error) {
    if (error instanceof FailureError) return null;
    throw error;
  }
  const { channel } = command;
  return {
    async answer(paths) {
      most = paths.reduce((sum, path) => sum + 2 * Buffer.byteLength(path) + LINE_BYTES, 0);
      const names = Buffer.from(paths.map((path) => `${path}\0`).join(''));
      void channel.write(names).then(() => channel.endInput());
      const isThere = await within(clock, BEGIN_MS, Promise.race([hasBegun, channel.ended]));
      if (isThere === null) channel.close();
      await channel.ended;
      return parseAnswer(Buffer.concat(said).toString('utf8'), paths);
    },
    close: () => {
      // A large file may keep it busy for long.
      channel.signal('TERM');
      channel.close();
    },
  };
}

/**
 * Reads `muster-digest UID`, then a line for each file: the digest and the name. A name with a backslash or a line feed in it
 * is written in another way (sha256sum(1)), and is told by its place alone.
 */
export function parseAnswer(text: string, paths: readonly string[]): HostAnswer | null {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => MARK.test(line));
  const uid = Number(MARK.exec(lines[first] ?? '')?.[1] ?? Number.NaN);
  if (first === -1 || !Number.isSafeInteger(uid)) return null;
  const byPath = new Map<string, string>();
  for (const line of lines.slice(first + 1)) {
    const found = DIGEST.exec(line);
    const [, escaped = '', digest = '', name = ''] = found ?? [];
    if (found !== null) byPath.set(escaped === '' ? name : unescaped(name), digest.toLowerCase());
  }
  return { uid, digests: paths.map((path) => byPath.get(path) ?? null) };
}

function unescaped(name: string): string {
  return name.replaceAll(/\\([\\nr])/gu, (_, letter: string) => ESCAPES[letter] ?? letter);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '\\': '\\' };
const MARK = /^muster-digest (\d+)$/u;
const DIGEST = /^(\\?)([0-9a-fA-F]{64}) [ *]?(.+)$/su;
/** openssl comes first: it uses the processor's own instructions, and takes a quarter of the time. */
const SCRIPT = [
  'if command -v openssl >/dev/null 2>&1; then set -- openssl dgst -sha256 -r',
  'elif command -v sha256sum >/dev/null 2>&1; then set -- sha256sum',
  'elif command -v shasum >/dev/null 2>&1; then set -- shasum -a 256',
  'elif command -v sha256 >/dev/null 2>&1; then set -- sha256 -r',
  'else exit 1; fi',
  'command -v xargs >/dev/null 2>&1 || exit 1',
  'echo "muster-digest $(id -u)"',
  'exec xargs -0 "$@" 2>/dev/null',
].join('; ');
/** One line that every login shell reads alike. */
const LINE = `exec sh -c ${quote(SCRIPT)}`;
const LINE_BYTES = 100;
const MOST_NOISE = 64 * 1024;
/** From the names to the first word of an answer. */
const BEGIN_MS = 10_000;
