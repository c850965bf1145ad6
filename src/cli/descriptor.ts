import { fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { abortReason, onceAborted, throwIfAborted } from '../base/abort.ts';
import { errorCode } from '../base/system-error.ts';
import { usageError } from './usage-error.ts';

/**
 * The first line that a file descriptor gives, without its end. Read byte by byte, so that what comes after it is still there
 * for whoever reads on. Throws ConfigError `usage` where the descriptor cannot be read; `option` is named in it.
 */
export async function firstLine(
  descriptor: number,
  option: string,
  signal: AbortSignal,
): Promise<string> {
  throwIfAborted(signal);
  refuseOther(descriptor, option);
  let unlisten = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    unlisten = onceAborted(signal, () => reject(abortReason(signal)));
  });
  try {
    // A read that waits for a pipe cannot be taken back; the process does not wait for it when it ends.
    return await Promise.race([lineOf(descriptor), aborted]);
  } catch (error) {
    if (signal.aborted) throw error;
    throw usageError(
      `${option} ${descriptor}: cannot be read: ${errorCode(error) ?? 'unknown error'}`,
    );
  } finally {
    unlisten();
  }
}

/** Descriptors of Node's own are none of these, and reading them would wait for ever. */
function refuseOther(descriptor: number, option: string): void {
  try {
    const stats = fstatSync(descriptor);
    if (stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice()) return;
  } catch (error) {
    if (errorCode(error) !== 'EBADF') throw error;
  }
  throw usageError(
    `${option} ${descriptor}: no open file has this descriptor`,
    `as in: muster ... ${option} 3 3< FILE`,
  );
}

async function lineOf(descriptor: number): Promise<string> {
  const line: number[] = [];
  const byte = Buffer.alloc(1);
  while (line.length < LONGEST) {
    const { bytesRead } = await readFrom(descriptor, byte, 0, 1, null);
    const [value] = byte;
    if (bytesRead === 0 || value === undefined || value === NEWLINE) break;
    line.push(value);
  }
  byte.fill(0);
  const bytes = Buffer.from(line);
  line.fill(0);
  const text = bytes.toString('utf8').replace(/\r$/u, '');
  bytes.fill(0);
  return text;
}

const readFrom: (
  descriptor: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: null,
) => Promise<{ readonly bytesRead: number }> = promisify(read);
const NEWLINE = 0x0a;
/** No password is longer (PAM_MAX_RESP_SIZE in Linux-PAM is 512); a file that was named by mistake is not read on. */
const LONGEST = 4096;
