import { describe, expect, test } from 'vitest';
import { keyGroups, keyLines } from '../../src/presenters/trust-table.ts';
import { foldNodeSet } from '../../src/targets/nodeset/fold.ts';
import { judgedHost, judgedKey } from '../cli/trust/judged.ts';

const hosts = Array.from({ length: 12 }, (_, index) => `web${index + 1}`);
const RSA = { type: 'ssh-rsa', key: 'RRRR' };

function lines(judged: Parameters<typeof keyGroups>[0], width: number | null): readonly string[] {
  return keyLines(keyGroups(judged), foldNodeSet, width);
}

describe('the table of host keys', () => {
  test('has one line for a key, with all hosts that showed it, most first, by type', () => {
    const judged = hosts.map((name, index) =>
      judgedHost(name, judgedKey(RSA), judgedKey({ key: index < 3 ? 'BBBB' : 'CCCC' })),
    );
    expect(lines(judged, null)).toEqual([
      `Type     Fingerprint${' '.repeat(41)}Known  Hosts`,
      `ED25519  SHA256:CCCC${'0'.repeat(39)}  new    web[4-12]`,
      `ED25519  SHA256:BBBB${'0'.repeat(39)}  new    web[1-3]`,
      `RSA      SHA256:RRRR${'0'.repeat(39)}  new    web[1-12]`,
    ]);
  });

  test('keeps hosts apart of which not the same is known', () => {
    const judged = hosts.map((name, index) =>
      judgedHost(name, judgedKey({ known: index === 0 ? 'known' : 'new' })),
    );
    expect(lines(judged, null).slice(1)).toEqual([
      `ED25519  SHA256:AAAA${'0'.repeat(39)}  new    web[2-12]`,
      `ED25519  SHA256:AAAA${'0'.repeat(39)}  known  web1`,
    ]);
  });

  test('fits 80 columns whole: what has no room beside a fingerprint stands below it', () => {
    const key = judgedKey({ known: 'changed', expected: 'match', dns: 'match', isProven: true });
    const judged = hosts.map((name) => judgedHost(`${name}.frankfurt.example.com`, key));
    expect(lines(judged, 80)).toEqual([
      `Type     Fingerprint${' '.repeat(41)}Known`,
      `ED25519  SHA256:AAAA${'0'.repeat(39)}  changed`,
      '    web[1-12].frankfurt.example.com',
      '    DNS: proven, Expected: match',
    ]);
    expect(lines(judged, null)[1]).toMatch(/ {2}changed {2}proven {2}match {5}web\[1-12\]\./u);
  });

  test('shows what DNS says only where it was asked, and that nobody proved it', () => {
    const [head, row] = lines([judgedHost('web1', judgedKey({ dns: 'match' }))], null);
    expect(head).toMatch(/ Known {2}DNS {4}Hosts$/u);
    expect(row).toMatch(/ new {4}match {2}web1$/u);
  });

  test('obeys nothing that a name tells the terminal', () => {
    const [, row] = lines([judgedHost('web1\u001B[2J', judgedKey())], null);
    expect(row).toMatch(/web1\^\[\[2J$/u);
  });
});
