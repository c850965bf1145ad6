import type { StreamName } from '../../src/model/record.ts';
import { digestOf } from './digest.ts';
import type { History } from './history.ts';
import type { JobRun } from './job-run.ts';
import type { Random } from './random.ts';
import { LONG_MS, type Rig } from './rig.ts';

/** Receives what jobs say, in this process and by the command itself, to its end or not. */
export class Readers {
  readonly #rig: Rig;
  readonly #pids = new Set<number>();

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  /** Receivers that are processes of their own. */
  pids(): readonly number[] {
    return [...this.#pids];
  }

  /** Reads for a while. One reader at a time for each job. */
  async read(job: JobRun, random: Random): Promise<void> {
    const ms = random.whole(200, 3000);
    const how = random.pick(['receive', 'receive', 'follow', 'command', 'command --wait'] as const);
    const { id } = job;
    if (id === null || how === undefined || job.isMissing) return;
    const { history } = this.#rig;
    const { token } = job.plan;
    history.add({ what: 'read', token, how });
    if (how.startsWith('command')) {
      const options = how === 'command' ? [] : ['--wait', '--timeout=10'];
      const ended = await this.#byCommand(job, id, options);
      history.add({ what: 'read-end', token, ...ended });
    } else {
      const end = await this.#byClient(job, id, how === 'follow' ? ms : null);
      history.add({ what: 'read-end', token, end });
    }
  }

  /** All there is. */
  async readAll(job: JobRun): Promise<void> {
    const { id } = job;
    if (id === null || job.isMissing) return;
    const { history } = this.#rig;
    history.add({ what: 'read', token: job.plan.token, how: 'receive' });
    const end = await this.#byClient(job, id, null);
    history.add({ what: 'read-end', token: job.plan.token, end });
  }

  /** `ms`: follows the job for so long; null: takes what is there. */
  async #byClient(job: JobRun, id: number, ms: number | null): Promise<'whole' | 'early' | 'cut'> {
    const { history } = this.#rig;
    const { token } = job.plan;
    const read = await job.ask(async (client) => {
      if (ms === null) {
        for await (const { host, seq, stream, data } of client.receive(id)) {
          noteRecord(history, token, { host, seq, stream, data });
        }
        return 'whole';
      }
      const stream = history.nextStream();
      const signal = AbortSignal.timeout(ms);
      let isEnded = false;
      for await (const event of client.follow(id, { signal })) {
        if (event.event === 'end') isEnded = true;
        if (event.event === 'state') {
          const { jobId, parentId, from, to } = event;
          history.add({ what: 'change', stream, id: jobId, parentId, from, to });
        }
        if (event.event !== 'record') continue;
        noteRecord(history, token, { host: event.host, ...event.record });
      }
      return isEnded ? 'whole' : 'early';
    });
    return read ?? 'cut';
  }

  async #byCommand(
    job: JobRun,
    id: number,
    options: readonly string[],
  ): Promise<{ readonly end: 'whole' | 'cut'; readonly says: string }> {
    const { bg, history } = this.#rig;
    const args = ['receive', `${id}`, '--output=jsonl', ...options];
    const receiver = bg.begin(args, { deadlineMs: LONG_MS });
    this.#pids.add(receiver.pid);
    try {
      const { text, errorText, code } = await receiver.ended;
      // What comes after the last line feed was not written to its end, and so was not taken.
      const lines = text.split('\n').slice(0, -1);
      for (const line of lines) {
        const record = recordOf(JSON.parse(line));
        if (record !== null) noteRecord(history, job.plan.token, record);
      }
      const isCut = code === null || code === GONE || code === TIME_OUT;
      return { end: isCut ? 'cut' : 'whole', says: `${code} ${errorText.slice(-MOST_SAID)}` };
    } finally {
      this.#pids.delete(receiver.pid);
    }
  }
}

interface RecordRead {
  readonly host: string;
  readonly seq: number;
  readonly stream: StreamName;
  readonly data: Uint8Array;
}

export function noteRecord(history: History, token: string, record: RecordRead): void {
  const { host, seq, stream, data } = record;
  const digest = digestOf(data);
  history.add({ what: 'record', token, host, seq, stream, bytes: data.byteLength, digest });
}

interface RecordLine {
  readonly event: string;
  readonly host: string;
  readonly seq: number;
  readonly stream: StreamName;
  readonly data?: string;
  readonly dataBase64?: string;
}

export function recordOf(line: unknown): RecordRead | null {
  const { event, host, seq, stream, data, dataBase64 = '' } = line as RecordLine;
  if (event !== 'record') return null;
  const bytes = data === undefined ? Buffer.from(dataBase64, 'base64') : Buffer.from(data);
  return { host, seq, stream, data: bytes };
}

/** What it exits with where its controller went away, and where its time was over. */
const GONE = 2;
const TIME_OUT = 124;
const MOST_SAID = 300;
