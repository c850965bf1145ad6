import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { askDns, type DnsServer } from '../../../src/transport/dns/ask.ts';
import {
  decodeAnswer,
  encodeQuestion,
  type DnsAnswer,
} from '../../../src/transport/dns/message.ts';
import { dnsServer, type DnsFixture, type Zone } from '../../fixtures/dns-server.ts';

const SSHFP = 44;
const DATA = `4 2 ${'ab'.repeat(32)}`;
const BYTES = Buffer.from(`0402${'ab'.repeat(32)}`, 'hex');

async function serving(zones: Readonly<Record<string, Zone>>): Promise<DnsFixture> {
  const server = await dnsServer(zones);
  onTestFinished(() => server.stop());
  return server;
}

function ask(
  name: string,
  servers: readonly Pick<DnsServer, 'port'>[],
  options: { readonly clock?: Clock; readonly signal?: AbortSignal } = {},
): Promise<DnsAnswer> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const at = servers.map(({ port }) => ({ address: '127.0.0.1', port }));
  return askDns({ name, type: SSHFP, servers: at, clock, signal });
}

/** Waits are over ten times as soon. */
const hurried: Clock = {
  ...systemClock,
  after: (ms, task) => systemClock.after(ms / 10, task),
};

describe('DNS', () => {
  test('gives the records of a name, and says whether they were signed', async () => {
    const server = await serving({
      'web1.example': {
        records: [`SSHFP ${DATA}`, `SSHFP 1 2 ${'cd'.repeat(32)}`],
        authentic: true,
      },
      'web2.example': { records: [] },
    });
    await expect(ask('web1.example', [server])).resolves.toEqual({
      code: 0,
      isCut: false,
      isAuthentic: true,
      records: [BYTES, Buffer.from(`0102${'cd'.repeat(32)}`, 'hex')],
    });
    const none = { isAuthentic: false, records: [] };
    await expect(ask('web2.example', [server])).resolves.toMatchObject({ code: 0, ...none });
    await expect(ask('web3.example', [server])).resolves.toMatchObject({ code: 3, ...none });
  });

  test('gives those of what a name is an alias of', async () => {
    const server = await serving({
      'www.example': { records: ['CNAME web.example'] },
      'web.example': { records: ['CNAME web1.example'] },
      'web1.example': { records: [`SSHFP ${DATA}`] },
    });
    await expect(ask('www.example', [server])).resolves.toMatchObject({ records: [BYTES] });
  });

  test('is asked by TCP for what does not fit a datagram', async () => {
    const server = await serving({ 'web1.example': { records: [`SSHFP ${DATA}`], cut: true } });
    await expect(ask('web1.example', [server])).resolves.toMatchObject({ records: [BYTES] });
    expect(server.asked).toEqual(['udp web1.example', 'tcp web1.example']);
  });

  test('is asked again where an answer is lost, and elsewhere where a server fails', async () => {
    const lossy = await serving({ 'web1.example': { records: [`SSHFP ${DATA}`], silent: 1 } });
    const answer = ask('web1.example', [lossy], { clock: hurried });
    await expect(answer).resolves.toMatchObject({ records: [BYTES] });
    const broken = await serving({ 'web1.example': { records: [], code: 2 } });
    await expect(ask('web1.example', [broken, lossy])).resolves.toMatchObject({ records: [BYTES] });
  });

  test('takes nothing for an answer but the answer', async () => {
    const answerTo = (id: number, name: string, type: number): Buffer =>
      Buffer.from(encodeQuestion(id, name, type) ?? []).fill(0x80, 2, 3);
    const noise = (question: Buffer): readonly Buffer[] => {
      const id = question.readUInt16BE(0);
      return [
        Buffer.alloc(0),
        Buffer.from('nonsense'),
        question,
        answerTo(id ^ 1, 'web1.example', SSHFP),
        answerTo(id, 'web2.example', SSHFP),
        answerTo(id, 'web1.example', 1),
      ];
    };
    const server = await serving({ 'web1.example': { records: [`SSHFP ${DATA}`], noise } });
    await expect(ask('web1.example', [server])).resolves.toMatchObject({ records: [BYTES] });
  });

  test('that gives no answer is an error with a reason, soon when nobody wants it any more', async () => {
    const mute = await serving({ 'web1.example': { records: [], silent: 99 } });
    await expect(ask('web1.example', [mute], { clock: hurried })).rejects.toThrow('did not answer');
    const gone = await dnsServer({});
    await gone.stop();
    await expect(ask('web1.example', [gone])).rejects.toThrow('ECONNREFUSED');
    await expect(ask('web1.example', [])).rejects.toThrow('no name server');
    await expect(ask('web 1', [mute])).rejects.toThrow('no name that DNS could have');
    const giveUp = new AbortController();
    const asked = ask('web1.example', [mute], { signal: giveUp.signal });
    giveUp.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
  });

  test.each([
    ['itself', [0xc0, 30]],
    ['what points back to it', [0xc0, 32, 0xc0, 30]],
    ['what comes later', [0xc0, 40]],
    ['nothing', [0xc3, 0xff]],
  ])('is no answer where a name is a pointer to %s', (_, name) => {
    const question = encodeQuestion(1, 'web1.example', SSHFP) ?? Buffer.alloc(0);
    const answer = Buffer.concat([question.subarray(0, 30), Buffer.from(name), Buffer.alloc(40)]);
    answer.writeUInt16BE(0x8180, 2);
    answer.writeUInt16BE(1, 6);
    expect(decodeAnswer(answer, question)).toBeNull();
  });

  test('is read to its end whatever it sends', () => {
    const question = encodeQuestion(1, 'web1.example', SSHFP) ?? Buffer.alloc(0);
    const answers = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // The question as an answer, with a body of chance: names, pointers and lengths come to be read.
      fc.uint8Array({ maxLength: 200 }).map((body) => {
        const head = Buffer.from(question.subarray(0, question.length - 11));
        head.writeUInt16BE(0x8180, 2);
        head.writeUInt16BE(0xff_ff, 6);
        return Buffer.concat([head, body]);
      }),
    );
    fc.assert(
      fc.property(answers, (bytes) => {
        const answer = decodeAnswer(Buffer.from(bytes), question);
        expect(answer === null || answer.records.every(({ length }) => length <= 300)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
