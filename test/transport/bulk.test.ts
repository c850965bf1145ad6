import { expect, test } from 'vitest';
import { answerTogether, type Parser } from '../../src/transport/bulk.ts';

test('answers to what was read leave in one write, also where the reading of it fails', () => {
  const said: string[] = [];
  const parser: Parser = {
    parse: (bytes, from, to) => {
      said.push(`read ${bytes.toString('latin1', from, to)}`);
      if (to === 0) throw new Error('nothing to read');
    },
  };
  answerTogether(parser, { cork: () => said.push('cork'), uncork: () => said.push('uncork') });
  parser.parse(Buffer.from('abc'), 1, 3);
  expect(() => parser.parse(Buffer.from('abc'), 0, 0)).toThrow('nothing to read');
  expect(said).toEqual(['cork', 'read bc', 'uncork', 'cork', 'read ', 'uncork']);
});
