import { open, type FileHandle } from 'node:fs/promises';
import { systemClock } from '../../base/clock.ts';
import { errorCode } from '../../base/system-error.ts';
import { whileLocked } from './file-lock.ts';
import { hashName } from './hashed-names.ts';
import { knownHostsName } from './known-hosts.ts';
import type { KnownKey } from './known-hosts-line.ts';

/** Whether a name may be written to known_hosts: with one of these characters a line would mean other hosts too. */
export function isRecordable(host: string): boolean {
  return host.length > 0 && host.length <= LONGEST_HOST && !UNSAFE_IN_NAME.test(host);
}

/**
 * Appends the line that OpenSSH would write, its name hashed where that is wanted (HashKnownHosts). Many hosts are accepted
 * at once: lines that wait are written together, one write for each turn, in append mode, so that neither we nor another
 * program tears a line.
 */
export function appendKnownHost(
  file: string,
  host: string,
  port: number,
  key: KnownKey,
  isHashing = false,
): Promise<void> {
  const plain = knownHostsName(host, port);
  const name = isHashing ? hashName(Buffer.from(plain, 'utf8')) : plain;
  const line = `${name} ${key.type} ${key.blob.toString('base64')}\n`;
  const queue = QUEUES.get(file);
  if (queue !== undefined && !queue.begun) {
    queue.lines.push(line);
    return queue.written;
  }
  const batch: Batch = { lines: [line], begun: false, written: Promise.resolve() };
  // After the batch before it, whatever became of that: its own callers hear of its failure.
  const before = queue?.written.catch(() => undefined) ?? Promise.resolve();
  batch.written = before.then(async () => {
    batch.begun = true;
    const write = (path: string): Promise<void> => appendLines(path, batch.lines);
    await whileLocked(file, systemClock, write).finally(() => {
      if (QUEUES.get(file) === batch) QUEUES.delete(file);
    });
  });
  QUEUES.set(file, batch);
  return batch.written;
}

interface Batch {
  readonly lines: string[];
  begun: boolean;
  written: Promise<void>;
}

/** Adds lines, each with its line feed, in one write; a file that is made is nobody else's to read. */
export async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    const gap = (await endsInLine(handle)) ? '' : '\n';
    await handle.appendFile(gap + lines.join(''), 'utf8');
    await handle.datasync().catch(ignoreUnsyncable);
  } finally {
    await handle.close();
  }
}

/** A file that was cut or edited may end within a line, which ours must not continue. */
async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === NEWLINE;
}

/** `/dev/null` and the like cannot be synced, and have nothing to lose. */
function ignoreUnsyncable(error: unknown): void {
  const code = errorCode(error);
  if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
}

/** One a file, for all jobs of this process: two jobs may accept hosts into the same file. */
const QUEUES = new Map<string, Batch>();
const NEWLINE = 0x0a;
/** RFC 1035 section 2.3.4: a name has at most 255 octets. */
const LONGEST_HOST = 255;
/** OpenSSH refuses most of these (check_host_key in sshconnect.c); white space, commas and controls part the line. */
const UNSAFE_IN_NAME = /[@?*#[\]|'"\\!,\s\u0000-\u001f\u007f]/u;
