import { nextTurn } from '../../base/clock.ts';
import type { FailureError } from '../../model/failure.ts';
import type { Channel } from '../../model/ports/transport.ts';
import { Fields, MalformedPacket } from './fields.ts';
import { PacketStream } from './packet-stream.ts';
import { fileError, readStatus, type Status } from './status.ts';
import { RequestWriter, STATUS, stringSize, TYPE } from './wire.ts';

/** What a request waits for. */
export interface Pending {
  /** The reply's packet type; null: a status, of which only `ok` is good. */
  readonly wants: number | null;
  /** Throws where the reply is not what its type promises. */
  answer(fields: Fields): void;
  /** The server has said no. */
  refuse(status: Status): void;
  reject(error: FailureError): void;
}

/** One request: what it names first, a path or a handle, and the fields behind that. */
export interface Request {
  readonly type: number;
  readonly name: Buffer;
  readonly fields?: Buffer;
}

/** One that has the host's path that it is about, for messages. */
export interface PathRequest extends Request {
  readonly path: string;
}

/**
 * The conversation: requests go out with a number each, replies come back with it, in any order. Small requests of one
 * turn leave together. A reply that nobody has asked for, or of another type than was asked for, ends it.
 */
export class Requests {
  readonly #channel: Channel;
  readonly #stream: PacketStream;
  readonly #pending = new Map<number, Pending>();
  #greeting: Pending | null = null;
  /** Why nothing more can be asked; null: it can. */
  #over: FailureError | null = null;
  #next = 0;
  #queue: Buffer[] = [];
  #queued = 0;
  readonly #broken: (error: unknown) => FailureError;

  /** `broken` puts the server's breach of the rules into a failure. */
  constructor(channel: Channel, broken: (error: unknown) => FailureError) {
    this.#channel = channel;
    this.#broken = broken;
    this.#stream = new PacketStream((type, body) => this.#answer(type, body));
  }

  /** Bytes from the channel. */
  take(bytes: Uint8Array): void {
    if (this.#over !== null) return;
    try {
      this.#stream.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    } catch (error) {
      this.end(this.#broken(error));
      this.#channel.close();
    }
  }

  /** Nothing more will be answered: everything under way, and everything asked later, fails with this. */
  end(failure: FailureError): void {
    if (this.#over !== null) return;
    this.#over = failure;
    this.#queue = [];
    const greeting = this.#greeting;
    const pending = [...(greeting === null ? [] : [greeting]), ...this.#pending.values()];
    this.#greeting = null;
    this.#pending.clear();
    for (const one of pending) one.reject(failure);
  }

  /** The first words of both sides (section 4): the server's version, and whatever fields come behind it. */
  greet<Result>(read: (fields: Fields) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      // A server may have broken the rules, or gone away, before we said a word.
      if (this.#over !== null) {
        reject(this.#over);
        return;
      }
      this.#greeting = {
        wants: TYPE.version,
        answer: (fields) => resolve(read(fields)),
        refuse: () => undefined,
        reject,
      };
      this.#enqueue(GREETING);
    });
  }

  /** Resolves with what `read` makes of the reply, which has to be of type `wants`. */
  ask<Result>(
    request: PathRequest,
    wants: number,
    read: (fields: Fields) => Result,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.send(request, NOTHING, {
        wants,
        answer: (fields) => resolve(read(fields)),
        refuse: (status) => reject(fileError(status, request.path)),
        reject,
      });
    });
  }

  /** The same where `end of file` is an answer: null. */
  askUntilEnd<Result>(
    request: PathRequest,
    wants: number,
    read: (fields: Fields) => Result,
  ): Promise<Result | null> {
    return new Promise((resolve, reject) => {
      this.send(request, NOTHING, {
        wants,
        answer: (fields) => resolve(read(fields)),
        refuse: (status) => {
          if (status.code === STATUS.eof) resolve(null);
          else reject(fileError(status, request.path));
        },
        reject,
      });
    });
  }

  /** A request that is answered with a status. `payload` comes last; it is not copied, and must stay as it is until then. */
  tell(request: PathRequest, payload: Uint8Array = NOTHING): Promise<void> {
    return new Promise((resolve, reject) => {
      this.send(request, payload, {
        wants: null,
        answer: () => resolve(),
        refuse: (status) => reject(fileError(status, request.path)),
        reject,
      });
    });
  }

  /** `payload` as with `tell`; whatever comes of it, `pending` is told. */
  send({ type, name, fields = NOTHING }: Request, payload: Uint8Array, pending: Pending): void {
    if (this.#over !== null) {
      pending.reject(this.#over);
      return;
    }
    const id = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    this.#pending.set(id, pending);
    const size = stringSize(name) + fields.length;
    this.#enqueue(new RequestWriter(type, id, size, payload.length).bytes(name).raw(fields).done());
    if (payload.length > 0) {
      this.#enqueue(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
    }
  }

  #enqueue(bytes: Buffer): void {
    // Behind whatever else this turn still has to ask.
    if (this.#queue.length === 0) void nextTurn().then(() => this.#flush());
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > MOST_QUEUED) this.#flush();
  }

  /** Small pieces leave as one, which saves both sides a packet each; large ones are not copied for that. */
  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    let small: Buffer[] = [];
    const send = (): void => {
      const [first, ...more] = small;
      if (first !== undefined) this.#write(more.length === 0 ? first : Buffer.concat(small));
      small = [];
    };
    for (const bytes of queue) {
      if (bytes.length < WORTH_COPYING) {
        small.push(bytes);
      } else {
        send();
        this.#write(bytes);
      }
    }
    send();
  }

  #write(bytes: Buffer): void {
    // Whether it was taken, its reply tells, or the end of the channel.
    void this.#channel.write(bytes);
  }

  #answer(type: number, body: Buffer): void {
    const fields = new Fields(body);
    if (this.#greeting !== null) {
      if (type !== TYPE.version) throw new MalformedPacket('no greeting');
      this.#greeting.answer(fields);
      this.#greeting = null;
      return;
    }
    const id = fields.uint32();
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new MalformedPacket('a reply to nothing');
    if (type === TYPE.status) {
      const status = readStatus(fields);
      if (status.code !== STATUS.ok) pending.refuse(status);
      else if (pending.wants === null) pending.answer(fields);
      else throw new MalformedPacket('a reply without what was asked for');
    } else {
      if (type !== pending.wants) throw new MalformedPacket('a reply of another type');
      pending.answer(fields);
    }
    // Not before: who throws above is still to be told how this ends.
    this.#pending.delete(id);
  }
}

/** `uint32 length, byte SSH_FXP_INIT, uint32 version`: we speak 3, as OpenSSH does. */
const GREETING = Buffer.from([0, 0, 0, 5, TYPE.init, 0, 0, 0, 3]);
const NOTHING = Buffer.alloc(0);
/** Up to this, copying bytes is cheaper than a packet of their own. */
const WORTH_COPYING = 16 * 1024;
const MOST_QUEUED = 256 * 1024;
