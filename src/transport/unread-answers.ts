import type { Parser } from './bulk.ts';

/**
 * Gives up on a server that asks without end and reads none of our answers, which would fill our memory: every request may
 * want a reply (RFC 4254 sections 4 and 5.4). `broken`: ends the connection.
 */
export function boundAnswers(
  parser: Parser,
  carrier: { readonly writableLength: number },
  broken: (error: Error) => void,
): void {
  const { parse } = parser;
  parser.parse = (bytes, from, to) => {
    parse.call(parser, bytes, from, to);
    if (carrier.writableLength > MOST_UNREAD) {
      broken(new Error('the server reads none of what is sent to it'));
    }
  };
}

/** Bytes. Whoever else writes waits long before that. */
export const MOST_UNREAD: number = 64 * 1024 * 1024;
