import { open } from 'node:fs/promises';
import { safeLine } from '../../base/safe-text.ts';
import { ConfigError } from '../../model/errors.ts';
import { errorCode } from '../error-code.ts';
import { isPlainName } from '../host-name.ts';
import type { Evaluator } from '../nodeset/evaluate.ts';
import { parseNodeSet } from '../nodeset/parse.ts';

/** A list of hosts that the caller has read: a file, or standard input. */
export interface HostsFile {
  /** What messages call it. */
  readonly name: string;
  readonly text: string;
}

/** The hosts of a file: a host or a node set a line; `#` begins a comment. Throws ConfigError with file and line. */
export function hostsInFile({ name, text }: HostsFile, evaluator: Evaluator): ReadonlySet<string> {
  const found = new Set<string>();
  const lines = text.replace(/^\uFEFF/u, '').split(/\r?\n/u);
  for (const [index, line] of lines.entries()) {
    const content = line.replace(/(?:^|\s)#.*$/u, '').trim();
    if (content === '') continue;
    const where = (): string => `${safeLine(name)}:${String(index + 1)}`;
    const hosts = isPlainName(content)
      ? [evaluator.context.canonical(content)]
      : evaluator.chain(parseNodeSet(content, { where, pdshItems: false }).chain, where);
    evaluator.addAll(found, hosts, where, content);
  }
  return found;
}

/** Reads a file that pdsh's `^FILE` names. Throws ConfigError `hosts-file`. */
export async function readHostsFile(path: string): Promise<HostsFile> {
  const text = await readBounded(path);
  const include = /^#include\s.*$/mu.exec(text);
  if (include !== null) {
    const line = text.slice(0, include.index).split('\n').length;
    throw new ConfigError(
      'hosts-file',
      `${safeLine(path)}:${String(line)}: #include is not followed`,
      {
        hint: 'name each file: -w ^one,^two',
      },
    );
  }
  return { name: path, text };
}

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const chunks: Buffer[] = [];
      let total = 0;
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK));
        if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
        total += bytesRead;
        if (total > MAX_BYTES)
          throw new ConfigError('hosts-file', `${safeLine(path)}: is too large`);
        chunks.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const code = errorCode(cause);
    const reason = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new ConfigError('hosts-file', `${safeLine(path)}: ${reason}`, { cause });
  }
}

const MAX_BYTES = 32 * 1024 * 1024;
const CHUNK = 64 * 1024;
