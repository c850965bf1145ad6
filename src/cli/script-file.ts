import { readFile, stat } from 'node:fs/promises';
import { errorCode } from '../base/system-error.ts';
import type { Context } from './command.ts';
import { absolutePath } from './environment.ts';
import { usageError } from './usage-error.ts';

/** A script as it is now: what is done to its file later does not change the job. */
export interface ScriptFile {
  /** As it was typed. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly args: readonly string[];
}

/** Reads a script; `-` is standard input. Throws ConfigError. */
export async function readScriptFile(
  file: string,
  args: readonly string[],
  context: Context,
): Promise<ScriptFile> {
  const bytes = await (file === '-' ? standardInput(context) : fileBytes(file, context));
  return { file, bytes, args };
}

async function fileBytes(file: string, context: Context): Promise<Uint8Array> {
  const path = absolutePath(file, context.environment);
  const unreadable = (error: unknown): never => {
    throw usageError(`cannot read the script ${file} (${errorCode(error) ?? String(error)})`);
  };
  const { size } = await stat(path).catch(unreadable);
  if (size > MOST_BYTES) throw tooLarge(file);
  return readFile(path).catch(unreadable);
}

async function standardInput({ shell }: Context): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of shell.stdin) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw tooLarge('on standard input');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(file: string): Error {
  return usageError(
    `the script ${file} is larger than ${MOST_BYTES / 1024 ** 2} MB`,
    'what is that large is data: upload it, and run what reads it',
  );
}

/** As much as a job takes of it. */
const MOST_BYTES = 16 * 1024 ** 2;
