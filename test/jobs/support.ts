import type { Received } from '../../src/index.ts';

export async function all(records: AsyncIterable<Received>): Promise<readonly Received[]> {
  const found: Received[] = [];
  for await (const record of records) found.push(record);
  return found;
}

/** `stream text`, one for each record. */
export async function texts(records: AsyncIterable<Received>): Promise<readonly string[]> {
  return (await all(records)).map(({ stream, data }) => `${stream} ${textOf(data)}`);
}

/** What was said on one stream, all hosts after one another. */
export async function said(
  records: AsyncIterable<Received>,
  stream: Received['stream'] = 'output',
): Promise<string> {
  const found = (await all(records)).filter((record) => record.stream === stream);
  return found.map(({ data }) => textOf(data)).join('');
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data).toString();
}
