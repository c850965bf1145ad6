import { expect, test } from 'vitest';
import { boundAnswers, MOST_UNREAD } from '../../src/transport/unread-answers.ts';

test('a server that asks and asks, and reads no answer, is given up', () => {
  const carrier = { writableLength: 0 };
  const errors: Error[] = [];
  const parser = {
    parse: (): void => {
      carrier.writableLength += MOST_UNREAD / 2;
    },
  };
  boundAnswers(parser, carrier, (error) => errors.push(error));
  parser.parse();
  parser.parse();
  expect(errors).toEqual([]);
  parser.parse();
  expect(errors.map(({ message }) => message)).toEqual([
    'the server reads none of what is sent to it',
  ]);
});
