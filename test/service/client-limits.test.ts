import { connect } from 'node:net';
import { Agent, request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { CLIENT_LIMITS, Meter, type ClientLimits } from '../../src/service/routes/client-limits.ts';
import { hostedOnFakes, speak } from '../controller/contract-rig.ts';
import { FakeClock } from '../controller/fakes.ts';
import { eventually } from '../helpers/eventually.ts';
import { serveHere, type Served } from './server-rig.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(changes: Partial<ClientLimits>): Promise<Served> {
  const [hosted] = hostedOnFakes(speak());
  const served = await serveHere(hosted, { limits: { ...CLIENT_LIMITS, ...changes } });
  open.push(() => hosted.dispose().then(() => served.close()));
  return served;
}

/** All that comes back of these bytes, until the other side ends it. */
function answerTo(served: Served, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(served.paths.socket, () => socket.write(bytes));
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(heard));
  });
}

const get = 'GET /v1/jobs HTTP/1.1\r\nhost: x\r\n\r\n';
const statusesIn = (heard: string): readonly number[] =>
  [...heard.matchAll(/HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status));

describe('C12: one connection of a client', () => {
  test('is let ask so much at once, the next as time goes by, and no more than may wait', async () => {
    const clock = new FakeClock();
    const meter = new Meter(clock, { ...CLIENT_LIMITS, requests: 2, perSecond: 10, waiting: 2 });
    const answers: boolean[] = [];
    const ask = async (): Promise<void> => {
      answers.push(await meter.admits());
    };
    const asked = Array.from({ length: 5 }, ask);
    await clock.advance(0);
    expect(answers).toEqual([true, true, false]);
    await clock.advance(99);
    expect(answers).toHaveLength(3);
    await clock.advance(1);
    expect(answers).toHaveLength(4);
    await clock.advance(100);
    await Promise.all(asked);
    expect(answers).toEqual([true, true, false, true, true]);
    // However long nothing was asked, it is no more at once.
    await clock.advance(60_000);
    const later = Array.from({ length: 3 }, ask);
    await clock.advance(0);
    expect(answers).toHaveLength(7);
    await clock.advance(100);
    await Promise.all(later);
  });

  test('has its requests wait that come faster than they may, and is refused none of them', async () => {
    const served = await serve({ requests: 5, perSecond: 50 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<number> =>
      new Promise((resolve, reject) => {
        const asked = request({ socketPath: served.paths.socket, path: '/v1/status', agent });
        asked.once('error', reject).once('response', (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        });
        asked.end();
      });
    const statuses = await Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(statuses)).toEqual(new Set([200]));
    agent.destroy();
  });

  test('is closed where it asks without waiting for any answer, and others are served', async () => {
    const served = await serve({ requests: 5, perSecond: 50, waiting: 3 });
    const statuses = statusesIn(await answerTo(served, get.repeat(200)));
    // More than eight are answered only as time goes by.
    expect(statuses.length).toBeGreaterThan(8);
    expect(statuses.length).toBeLessThan(100);
    expect(statuses.slice(0, -1).every((status) => status === 200)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    expect((await served.ask('GET', '/v1/jobs')).status).toBe(200);
    expect(served.troubles).toEqual([]);
  });

  test('is closed where nothing is asked for too long', async () => {
    const served = await serve({ idleMs: 100 });
    const began = performance.now();
    expect(statusesIn(await answerTo(served, get))).toEqual([200]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('is closed where its headers, or a body of JSON, do not come to their end', async () => {
    const served = await serve({ headersMs: 100, bodyMs: 100 });
    expect(statusesIn(await answerTo(served, get.slice(0, -2)))).toEqual([408]);
    const head = 'POST /v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    expect(await answerTo(served, `${head}content-length: 100\r\n\r\n{"a"`)).toBe('');
    expect(await answerTo(served, `${head}transfer-encoding: chunked\r\n\r\n2\r\n{"\r\n`)).toBe('');
    await eventually(() => served.server.clients === 0);
    expect(served.troubles).toEqual([]);
  });
});
