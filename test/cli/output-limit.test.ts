import { expect, test } from 'vitest';
import { parseOutputLimit } from '../../src/cli/output-limit.ts';

test.each([
  ['1', 1, 'cut'],
  ['64k', 65_536, 'cut'],
  ['10M', 10_485_760, 'cut'],
  ['1G,fail', 1_073_741_824, 'fail'],
] as const)('--max-output %s', (text, bytes, action) => {
  expect(parseOutputLimit(text)).toEqual({ bytes, action });
});

test.each(['0', '0,fail', '1.5M', '10X', '1M,cut', '-1', '', '9999999999999G'])(
  '--max-output %j is a mistake',
  (text) => {
    expect(() => parseOutputLimit(text)).toThrow(/--max-output: .* is no number of bytes/u);
  },
);
