import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gathering } from '../../src/results/gather.ts';
import { buffersHeld, expectHeldBelow } from './memory.ts';
import type { StreamName } from '../../src/model/record.ts';

type Piece = readonly [StreamName, string | Uint8Array];

function gathered(hosts: readonly (readonly [string, readonly Piece[]])[]): [string[], string][] {
  const gathering = new Gathering();
  for (const [index, [, pieces]] of hosts.entries()) {
    for (const [stream, data] of pieces) {
      gathering.add(index + 2, { seq: 1, time: 0, stream, data: Buffer.from(data) });
    }
  }
  for (const [index, [host]] of hosts.entries()) gathering.finish(index + 2, host);
  return gathering
    .groups()
    .map(({ hosts, pieces }) => [[...hosts], Buffer.concat(pieces).toString('latin1')]);
}

describe('gathering', () => {
  test('hosts that said the same are one group, whatever pieces it came in', () => {
    expect(
      gathered([
        ['a', [['output', 'hello\n']]],
        [
          'b',
          [
            ['output', 'he'],
            ['output', 'llo\n'],
          ],
        ],
        ['c', [['output', 'other\n']]],
      ]),
    ).toEqual([
      [['a', 'b'], 'hello\n'],
      [['c'], 'other\n'],
    ]);
  });

  test('the largest set is first, sets of one size in target order, hosts in target order', () => {
    const gathering = new Gathering();
    const said = ['x', 'y', 'y', 'z', 'y'];
    for (const [index, data] of said.entries()) {
      gathering.add(index + 2, { seq: 1, time: 0, stream: 'output', data: Buffer.from(data) });
    }
    for (const id of [6, 5, 4, 3, 2]) gathering.finish(id, `h${id}`);
    expect(gathering.groups().map(({ hosts }) => hosts)).toEqual([
      ['h3', 'h4', 'h6'],
      ['h2'],
      ['h5'],
    ]);
  });

  test('a host that said nothing is in no group, and an empty record says nothing', () => {
    expect(
      gathered([
        ['a', []],
        ['b', [['output', '']]],
      ]),
    ).toEqual([]);
    expect(
      gathered([
        [
          'a',
          [
            ['output', 'x'],
            ['error', ''],
          ],
        ],
        ['b', [['output', 'x']]],
      ]),
    ).toEqual([[['a', 'b'], 'x']]);
  });

  test('stdout and stderr both count, their order on the way does not, and the body keeps it', () => {
    expect(
      gathered([
        [
          'a',
          [
            ['output', '1'],
            ['error', 'e'],
            ['output', '2'],
          ],
        ],
        [
          'b',
          [
            ['output', '12'],
            ['error', 'e'],
          ],
        ],
        ['c', [['output', '12e']]],
        ['d', [['error', '12e']]],
      ]),
    ).toEqual([
      [['a', 'b'], '1e2'],
      [['c'], '12e'],
      [['d'], '12e'],
    ]);
  });

  test('bytes that differ in one place are two outputs, also where both are no text', () => {
    expect(
      gathered([
        ['a', [['output', Uint8Array.of(0xff, 0xfe)]]],
        ['b', [['output', Uint8Array.of(0xff, 0xff)]]],
      ]),
    ).toEqual([
      [['a'], '\u00FF\u00FE'],
      [['b'], '\u00FF\u00FF'],
    ]);
  });

  test('every host that said something is in exactly one group, and the group has what it said', () => {
    const said = fc.array(fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 3 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(said, (outputs) => {
        const groups = gathered(
          outputs.map((pieces, index) => [
            `h${index}`,
            pieces.map((piece) => ['output', piece] as const),
          ]),
        );
        const shown = new Map(groups.flatMap(([hosts, body]) => hosts.map((host) => [host, body])));
        const expected = outputs.flatMap((pieces, index) =>
          pieces.length === 0 ? [] : [[`h${index}`, pieces.join('')] as const],
        );
        expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(expected));
        expect(new Set(groups.map(([, body]) => body)).size).toBe(groups.length);
        const sizes = groups.map(([hosts]) => hosts.length);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });

  test('a body that many hosts gave is held once', async () => {
    const gathering = new Gathering();
    const before = buffersHeld();
    for (let id = 2; id < 202; id += 1) {
      const data = Buffer.alloc(1024 ** 2, 'x');
      gathering.add(id, { seq: 1, time: 0, stream: 'output', data });
      gathering.finish(id, `h${id}`);
    }
    await expectHeldBelow(before + 8 * 1024 ** 2);
    const [group, ...others] = gathering.groups();
    expect([group?.hosts.length, group?.size, others.length]).toEqual([200, 1024 ** 2, 0]);
  });

  test('so is what many hosts have in common that are still saying it, however it was cut on the way', async () => {
    const gathering = new Gathering();
    const body = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at * 7 + (at >> 8)));
    const before = buffersHeld();
    for (let id = 2; id < 202; id += 1) {
      for (let at = 0; at < body.length; at += 1000 + id * 31) {
        const data = Buffer.from(body.subarray(at, at + 1000 + id * 31));
        gathering.add(id, { seq: 1, time: 0, stream: 'output', data });
      }
    }
    // Each has up to one chunk of its own.
    await expectHeldBelow(before + 200 * 16 * 1024 + 1024 ** 2);
    for (let id = 2; id < 202; id += 1) gathering.finish(id, `h${id}`);
    const [group, ...others] = gathering.groups();
    expect(others).toEqual([]);
    expect(Buffer.concat(group?.pieces ?? []).equals(body)).toBe(true);
    expect(group?.size).toBe(300_000);
  });
});
