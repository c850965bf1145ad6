import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutFile } from '../../../src/targets/inventory/yaml-pieces.ts';
import { inventory, names, refusal, select } from '../support.ts';

/** Larger than what is parsed in one go. */
function large(entry: (index: number) => string, before = '', after = ''): string {
  const entries = Array.from({ length: 30_000 }, (_, index) => entry(index));
  return `${before}hosts:\n${entries.join('')}${after}`;
}

const flow = (index: number): string =>
  `  web${String(index)}.example.com: { address: 10.0.0.1, port: ${String(1 + index)} }\n`;
const block = (index: number): string =>
  `  "web${String(index)}":\n    address: 10.0.0.1\n\n    # a comment\n    port: ${String(1 + index)}\n# another\n`;
const item = (index: number): string =>
  `    - web${String(index)}.some-very-long-domain.example.com\n`;

describe('a large inventory is read in pieces', () => {
  it.each([
    ['a map of flow maps', flow],
    ['a map of block maps', block],
    ['a list', item],
  ])('with the hosts of %s, all and in order', async (_, entry) => {
    const text = large(entry, 'defaults: { user: u }\n', 'groups:\n  g: { hosts: "*" }\n');
    expect(cutFile(text).hosts.length).toBeGreaterThan(1);
    const from = await inventory(text);
    const all = await names({ all: true, inventory: from });
    const numbers = all.map((name) => Number(/\d+/u.exec(name)?.[0]));
    expect(numbers).toEqual(Array.from({ length: 30_000 }, (_, index) => index));
    expect(from.group('g')?.size).toBe(30_000);
    const { targets } = await select({ hosts: [all[29_999] ?? ''], inventory: from });
    expect(targets[0]).toMatchObject({ user: 'u', port: entry === item ? 22 : 30_000 });
  });

  it('without a byte lost or read twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(flow, block, item), fc.boolean(), (entry, windows) => {
        const text = large(entry, 'defaults:\n', 'groups:\n').replaceAll(
          '\n',
          windows ? '\r\n' : '\n',
        );
        const { main, hosts } = cutFile(text);
        const cut = hosts.map((piece) => piece.text).join('');
        const at = text.indexOf('hosts:') + (windows ? 8 : 7);
        expect(main.text.slice(0, at) + cut + main.text.slice(at)).toBe(text);
      }),
      { numRuns: 6 },
    );
  });

  it.each([
    ['in the middle', 15_000],
    ['at the end', 29_999],
  ])('with the right line for what is wrong %s', async (_, bad) => {
    const text = large(
      (index) => (index === bad ? '  bad: { prot: 1 }\n' : flow(index)),
      'defaults: { user: u }\n',
    );
    const { message } = await refusal(() => inventory(text));
    expect(message).toBe(`hosts.yaml:${String(bad + 3)}: hosts.bad.prot: unknown key prot`);
  });

  it('with the right line for what is wrong behind the hosts, or is no YAML', async () => {
    const behind = await refusal(() => inventory(large(flow, '', 'groups:\n  g: 5\n')));
    expect(behind.message).toMatch(/^hosts\.yaml:30003: groups\.g: /u);
    const broken = large((index) => (index === 20_000 ? '  x: {\n' : flow(index)));
    expect((await refusal(() => inventory(broken))).message).toMatch(
      /^hosts\.yaml:2000\d: is not YAML/u,
    );
  });

  it('with a host that is there twice found over all pieces', async () => {
    const text = large((index) => (index === 29_000 ? '  web1.example.com: {}\n' : flow(index)));
    expect((await refusal(() => inventory(text))).message).toBe(
      'hosts.yaml:29002: hosts.web1.example.com: duplicate host web1.example.com',
    );
  });

  it.each([
    ['anchors', large(flow, 'defaults: { vars: &v { a: 1 } }\n')],
    [
      'hosts in braces',
      large(
        (index) =>
          `${index === 0 ? '  {' : ''}  web${String(index)}.a-long-domain.example.com: {},\n`,
        '',
        '  }\n',
      ),
    ],
    ['entries without blanks before them', large((index) => item(index).trimStart())],
    ['a document mark behind them', large(flow, '', '...\n')],
  ])('but whole where there are %s', (_, text) => {
    expect(cutFile(text).hosts).toEqual([]);
  });

  it('and what is a list under a host is not taken for hosts', async () => {
    const text = large((index) => (index % 50 === 0 ? '  web:\n  - x\n' : flow(index)));
    const { message } = await refusal(() => inventory(text));
    expect(message).toMatch(/^hosts\.yaml:\d+: hosts\.web: /u);
  });
});
