import { Readable, Writable } from 'node:stream';
import { main } from '../../src/cli/main.ts';
import type { OutStream } from '../../src/cli/shell.ts';
import { announceRun, resultOf, type MusterResult } from './run-muster.ts';

/**
 * The command line in this very process, which is all that `bin/muster.js` adds: for looks at what another process does.
 * A process for each would be most of what such a look costs. Its stdin is empty, and no signal comes.
 */
export function mainHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<MusterResult> {
  const running = runHere(args, env, cwd);
  announceRun(args, running);
  return running;
}

async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<MusterResult> {
  const began = performance.now();
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
  return resultOf(code, null, stdout.bytes(), stderr.bytes(), performance.now() - began);
}

function collecting(): { readonly stream: OutStream; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}
