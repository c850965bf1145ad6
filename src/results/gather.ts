import { createHash, type Hash } from 'node:crypto';
import type { OutputRecord, StreamName } from '../model/record.ts';
import { GrowingOutput, SharedChunks } from './shared-chunks.ts';

/** One distinct output and the hosts that gave it, in target order. */
export interface GatheredGroup {
  readonly hosts: readonly string[];
  /** The output as it came, both streams in order of arrival; where hosts differ in that alone, as the first to end had it. */
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
}

/**
 * Groups hosts by what they said. Two outputs are one when their bytes agree stream by stream: how the two streams were
 * interleaved on the way is chance. The exit status plays no part: a distinct output is shown once, and the summary tells
 * who failed. A body is kept once for all hosts that gave it, and so is what those that still grow have in common.
 */
export class Gathering {
  readonly #growing = new Map<number, Body>();
  readonly #groups = new Map<string, Group>();
  readonly #shared = new SharedChunks();

  add(childId: number, record: OutputRecord): void {
    if (record.data.byteLength === 0) return;
    let body = this.#growing.get(childId);
    if (body === undefined) {
      body = { bytes: new GrowingOutput(this.#shared), hashes: new Map() };
      this.#growing.set(childId, body);
    }
    let hash = body.hashes.get(record.stream);
    if (hash === undefined) {
      hash = createHash('sha256');
      body.hashes.set(record.stream, hash);
    }
    hash.update(record.data);
    body.bytes.append(record.data);
  }

  /** The child has ended: its body joins its equals, or begins a group. A child that said nothing is in none. */
  finish(childId: number, host: string): void {
    const body = this.#growing.get(childId);
    if (body === undefined) return;
    this.#growing.delete(childId);
    const key = keyOf(body);
    const group = this.#groups.get(key);
    if (group === undefined) {
      body.bytes.finish();
      this.#groups.set(key, { members: [{ childId, host }], bytes: body.bytes });
    } else {
      body.bytes.forget();
      group.members.push({ childId, host });
    }
  }

  /** Largest set first; sets of one size by their first host. Children's ids are in target order. */
  groups(): readonly GatheredGroup[] {
    const groups = [...this.#groups.values()];
    for (const { members } of groups) members.sort((a, b) => a.childId - b.childId);
    groups.sort((a, b) => b.members.length - a.members.length || firstOf(a) - firstOf(b));
    return groups.map(({ members, bytes }) => ({
      hosts: members.map((member) => member.host),
      pieces: bytes.pieces(),
      size: bytes.size,
    }));
  }
}

function firstOf({ members }: Group): number {
  return members[0]?.childId ?? 0;
}

function keyOf(body: Body): string {
  return [...body.hashes]
    .map(([stream, hash]) => `${stream}:${hash.digest('hex')}`)
    .sort()
    .join(' ');
}

interface Body {
  readonly bytes: GrowingOutput;
  readonly hashes: Map<StreamName, Hash>;
}

interface Group {
  readonly members: { readonly childId: number; readonly host: string }[];
  readonly bytes: GrowingOutput;
}
