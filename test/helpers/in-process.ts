import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { OutStream } from '../../src/cli/shell.ts';

export interface SaidInProcess {
  readonly code: number;
  readonly text: string;
  readonly errorText: string;
}

/**
 * The command line in this very process, for looks at what another process does: a process for each would be most of what
 * such a look costs.
 */
export async function mainHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<SaidInProcess> {
  const [stdout, stderr] = [collecting(), collecting()];
  const shell = {
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    cwd: () => cwd,
    on: () => undefined,
    off: () => undefined,
  };
  const code = await main(args, shell, env);
  return { code, text: stdout.text(), errorText: stderr.text() };
}

function collecting(): { readonly stream: OutStream; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
