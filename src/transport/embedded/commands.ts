import { throwIfAborted } from '../../base/abort.ts';
import { delay, isoTime, type Clock } from '../../base/clock.ts';
import type { HostProfile } from './profile.ts';

/** What a command of an embedded host may use. */
export interface CommandIo {
  readonly profile: HostProfile;
  readonly user: string;
  readonly clock: Clock;
  /** Aborted when the command is signalled or its channel is gone. */
  readonly signal: AbortSignal;
  readonly input: AsyncIterable<Uint8Array>;
  readonly environment: ReadonlyMap<string, string>;
  readonly output: (data: string | Uint8Array) => Promise<void>;
  readonly error: (data: string | Uint8Array) => Promise<void>;
}

/** Runs one command in this process and returns its exit status. Rejects when its signal is aborted. */
export async function runCommand(words: readonly string[], io: CommandIo): Promise<number> {
  const [name = '', ...args] = words;
  const command = COMMANDS.get(name);
  if (command === undefined) {
    await io.error(`demo: ${name}: command not found\n`);
    return NOT_FOUND;
  }
  return command(args, io);
}

type Command = (args: readonly string[], io: CommandIo) => Promise<number>;

/** A command that prints one thing and succeeds. */
function prints(text: (args: readonly string[], io: CommandIo) => string): Command {
  return async (args, io) => {
    await io.output(text(args, io));
    return 0;
  };
}

async function cat(args: readonly string[], io: CommandIo): Promise<number> {
  if (args.length > 0 && args[0] !== '-') return refuse('cat', 'there are no files here', io);
  for await (const chunk of io.input) await io.output(chunk);
  return 0;
}

async function wc(args: readonly string[], io: CommandIo): Promise<number> {
  if (args.length !== 1 || args[0] !== '-c') return refuse('wc', 'only -c is known here', io);
  let bytes = 0;
  for await (const chunk of io.input) bytes += chunk.length;
  await io.output(`${bytes}\n`);
  return 0;
}

async function sleep(args: readonly string[], io: CommandIo): Promise<number> {
  const seconds = Number(args[0]);
  if (args.length !== 1 || !(seconds >= 0)) return refuse('sleep', 'expects seconds', io);
  await delay(io.clock, seconds * 1000, io.signal);
  return 0;
}

async function seq(args: readonly string[], io: CommandIo): Promise<number> {
  const last = Number(args.at(-1));
  const first = args.length > 1 ? Number(args[0]) : 1;
  if (args.length > 2 || !Number.isSafeInteger(first) || !Number.isSafeInteger(last)) {
    return refuse('seq', 'expects [FIRST] LAST', io);
  }
  for (let from = first; from <= last; from += SEQ_BATCH) {
    const count = Math.min(SEQ_BATCH, last - from + 1);
    await io.output(Array.from({ length: count }, (_, offset) => `${from + offset}\n`).join(''));
    throwIfAborted(io.signal);
  }
  return 0;
}

async function printenv(args: readonly string[], io: CommandIo): Promise<number> {
  const value = io.environment.get(args[0] ?? '');
  if (value === undefined) return 1;
  await io.output(`${value}\n`);
  return 0;
}

async function refuse(name: string, reason: string, io: CommandIo): Promise<number> {
  await io.error(`demo: ${name}: ${reason}\n`);
  return 2;
}

/** uname(1): the fields that were asked for, in its order. */
function uname(args: readonly string[], { profile }: CommandIo): string {
  const letters = args.join('').replaceAll('-', '');
  const all = letters.includes('a');
  const fields = [
    ['s', 'Linux'],
    ['n', profile.name],
    ['r', profile.kernel],
    ['v', '#1 SMP muster demo'],
    ['m', 'x86_64'],
    ['o', 'GNU/Linux'],
  ] as const;
  const shown = fields.filter(([letter]) => all || (letters || 's').includes(letter));
  return `${shown.map(([, text]) => text).join(' ')}\n`;
}

function uptime(_: readonly string[], { profile, clock }: CommandIo): string {
  const time = isoTime(clock.now()).slice(11, 19);
  const load = profile.load.toFixed(2);
  return ` ${time} up ${profile.upDays} days,  1 user,  load average: ${load}, ${load}, ${load}\n`;
}

function df(_: readonly string[], { profile }: CommandIo): string {
  const used = Math.round((DISK_GB * profile.diskUsed) / 100);
  return [
    'Filesystem      Size  Used Avail Use% Mounted on',
    `/dev/vda1        ${DISK_GB}G   ${String(used).padStart(2)}G   ${String(DISK_GB - used).padStart(2)}G  ${profile.diskUsed}% /`,
    '',
  ].join('\n');
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['cat', cat],
  ['date', prints((_, { clock }) => `${isoTime(clock.now())}\n`)],
  ['df', prints(df)],
  ['echo', prints((args) => `${args.join(' ')}\n`)],
  ['env', prints((_, io) => [...io.environment].map(([k, v]) => `${k}=${v}\n`).join(''))],
  ['false', () => Promise.resolve(1)],
  ['help', prints(() => `this demo host knows: ${[...COMMANDS.keys()].join(' ')} exit\n`)],
  ['hostname', prints((_, { profile }) => `${profile.name}\n`)],
  ['nproc', prints((_, { profile }) => `${profile.processors}\n`)],
  ['printenv', printenv],
  ['pwd', prints((_, { user }) => `/home/${user}\n`)],
  ['seq', seq],
  ['sleep', sleep],
  ['true', () => Promise.resolve(0)],
  ['uname', prints(uname)],
  ['uptime', prints(uptime)],
  ['wc', wc],
  ['whoami', prints((_, { user }) => `${user}\n`)],
]);

/** What a shell says of a command that it does not find (POSIX.1-2017, XCU section 2.8.2). */
export const NOT_FOUND = 127;
const DISK_GB = 40;
/** Lines in one write: enough to be cheap, few enough to stop soon. */
const SEQ_BATCH = 1000;
