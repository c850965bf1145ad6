import { readFileSync } from 'node:fs';

/** What a measured program is told, in the JSON file that its first argument names. */
export interface Task {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly user: string;
  /** The private key's file. */
  readonly identity: string;
  readonly knownHosts: string;
  /** In flight at once. */
  readonly fanout: number;
}

/** What a program that measures itself prints. */
export interface OwnCost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Growth for each connection, KB of 1,024 bytes. */
export interface IdleMemory {
  readonly rssKb: number;
  /** The JavaScript heap with what Node counts as outside of it. */
  readonly heapKb: number;
  readonly furtherRssKb: number;
}

/** What a client took through the socket. */
export interface Received {
  readonly bytes: number;
  readonly wallMs: number;
  /** By how much the controller's resident memory grew meanwhile. */
  readonly growthMb: number;
}

export interface KindCost {
  readonly kind: string;
  readonly medianMs: number;
  readonly fastestMs: number;
  readonly slowestMs: number;
}

/** What `true` costs with a supervisor, or without. */
export interface DurableCost {
  readonly kind: string;
  /** Of the children's durations. */
  readonly medianMs: number;
  readonly fastestMs: number;
  /** From the start of a job to its end, the median. */
  readonly wallMs: number;
}

export function readTask(): Task {
  return JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Task;
}

export function say(
  result: OwnCost | IdleMemory | Received | readonly KindCost[] | readonly DurableCost[],
): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** What `work` costs this process. */
export async function ownCost(work: () => Promise<unknown>): Promise<OwnCost> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

/** Runs `work` for every item, `limit` at once. */
export async function eachOf<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
}
