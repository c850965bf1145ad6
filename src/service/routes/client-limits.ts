import type { FastifyInstance, FastifyRequest } from 'fastify';
import { delay, type Clock } from '../../base/clock.ts';
import { BYTES } from '../wire/protocol.ts';

/** What one connection of a client may ask of the controller, and how slowly. */
export interface ClientLimits {
  /** Requests at once, and so many more for each second that goes by: those beyond that wait for their turn. */
  readonly requests: number;
  readonly perSecond: number;
  /** How many may wait; one more is refused, 429, and its connection closed. */
  readonly waiting: number;
  /** Milliseconds from one request to the next, for all of its headers, and for a body that is JSON. */
  readonly idleMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  requests: 1_000,
  perSecond: 500,
  waiting: 32,
  // A client closes an idle connection itself, and sooner: see the client's agent.
  idleMs: 60_000,
  headersMs: 30_000,
  bodyMs: 30_000,
};

/** Has requests wait that come faster than they may, and ends connections whose requests do not come to their end. */
export function limitClients(app: FastifyInstance, clock: Clock, limits: ClientLimits): void {
  const meters = new WeakMap<object, Meter>();
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw;
    const meter = meters.get(socket) ?? new Meter(clock, limits);
    meters.set(socket, meter);
    if (!(await meter.admits())) {
      const error = { code: 'usage', message: 'too many requests at once', hint: null };
      await reply.code(429).header('connection', 'close').send({ error });
      return;
    }
    if (hasJson(request)) limitBody(request, clock, limits.bodyMs);
  });
}

/** Counts the requests of one connection. */
export class Meter {
  readonly #clock: Clock;
  readonly #limits: ClientLimits;
  #left: number;
  #filled: number;
  #waiting = 0;

  constructor(clock: Clock, limits: ClientLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#left = limits.requests;
    this.#filled = clock.monotonic();
  }

  /** Resolves when it is this request's turn; with false where too many wait for theirs. */
  async admits(): Promise<boolean> {
    const { requests, perSecond, waiting } = this.#limits;
    const now = this.#clock.monotonic();
    this.#left = Math.min(requests, this.#left + ((now - this.#filled) / 1000) * perSecond);
    this.#filled = now;
    if (this.#left < 1 && this.#waiting === waiting) return false;
    // Below nothing it is owed to those who wait already.
    this.#left -= 1;
    if (this.#left >= 0) return true;
    this.#waiting += 1;
    await delay(this.#clock, (-this.#left / perSecond) * 1000);
    this.#waiting -= 1;
    return true;
  }
}

/** What is no JSON is the input of commands, which take it as slowly as they like. */
function hasJson({ headers }: FastifyRequest): boolean {
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return hasBody && headers['content-type'] !== BYTES;
}

function limitBody({ raw }: FastifyRequest, clock: Clock, ms: number): void {
  const timer = clock.after(ms, () => raw.socket.destroy());
  timer.unref();
  raw.once('end', () => timer.cancel());
  raw.once('close', () => timer.cancel());
}
