import type { FailureError } from '../../model/failure.ts';
import type { Target } from '../../model/target.ts';
import type { Attempt } from '../connect/attempt.ts';
import { Pipe, type Carrier } from '../connect/carrier.ts';
import { endpoint, fail, seconds } from '../failures.ts';
import type { Place } from '../place.ts';
import { openForward, ping, type ChannelRefusal, type ClientChannel } from '../ssh2.ts';

/** The jump host opens no channel to anywhere, or to nobody else: it says nothing about the target. */
export class Turned extends Error {
  override readonly name = 'Turned';
  readonly failure: FailureError;

  constructor(failure: FailureError) {
    super(failure.message, { cause: failure });
    this.failure = failure;
  }
}

/**
 * A connection to the target over a channel of its jump host's connection (RFC 4254 section 7.2). Takes the place over:
 * it is released when the connection is over. Throws Turned where the jump host does not want to.
 */
export async function openTunnel(attempt: Attempt, place: Place): Promise<Carrier> {
  try {
    const channel = await place.connection.carried.opening(() => openChannel(attempt, place));
    const tunnel = carry(channel, place);
    attempt.undo = () => void tunnel.destroy();
    return tunnel;
  } catch (error) {
    place.release();
    throw error;
  }
}

function openChannel(attempt: Attempt, place: Place): Promise<ClientChannel> {
  const { target } = attempt.request;
  const { link } = place.connection;
  const asked = watchAnswers(attempt, place);
  const expired = (waitedMs: number): FailureError => {
    const waited = seconds(waitedMs);
    if (!asked.isSilent()) {
      const where = endpoint(target);
      return fail('connect-timeout', `no answer from ${where}: gave up connecting after ${waited}`);
    }
    // It may be only slow, and carry others' work: whoever comes next gets another one.
    place.connection.retire();
    return ofJump(place, 'connect-timeout', `no answer in ${waited}`);
  };
  return attempt
    .step<ClientChannel>(expired, (opened, failed) => {
      let isOver = false;
      attempt.undo = () => {
        isOver = true;
      };
      openForward(link.client, target.address, target.port, (refusal, channel) => {
        if (isOver) channel?.close();
        else if (channel !== null) opened(channel);
        else failed(refused(refusal, place, target));
      });
    })
    .finally(() => asked.stop());
}

/** Whether the jump host itself is still there is asked when half of the time is over. */
function watchAnswers(
  attempt: Attempt,
  { connection: { link } }: Place,
): { isSilent(): boolean; stop(): void } {
  let before: number | null = null;
  const timer = attempt.clock.after(attempt.leftMs / 2, () => {
    before = link.socket.bytesRead;
    if (!link.isOver) ping(link.client);
  });
  return {
    isSilent: () => before === link.socket.bytesRead,
    stop: () => timer.cancel(),
  };
}

function carry(channel: ClientChannel, place: Place): Carrier {
  const { connection } = place;
  const { link } = connection;
  const release = connection.carried.add(() => pipe.destroy(lost(place)));
  const pipe = new Pipe({
    input: channel,
    output: channel,
    ref: (isHeld) => place.setAwake(isHeld),
    ended: (nothingLeft) => {
      if (!link.isOver) channel.close();
      // What still comes is dropped, so that it holds no memory.
      channel.resume();
      release();
      place.release();
      nothingLeft();
    },
    blame: () => (connection.isSilent ? ofJump(place, 'closed-early', 'no answer') : null),
  });
  // A write that fails, fails because the channel is over; nobody else needs to hear of it.
  channel.on('error', () => undefined);
  channel.on('end', () => pipe.over()).on('close', () => pipe.over());
  return pipe;
}

/** The connection to the jump host was lost, or to one before it. */
function lost(place: Place): FailureError {
  const { error, via } = place.connection.link;
  const why = error?.message ?? 'closed by the other side';
  return via === null
    ? ofJump(place, 'closed-early', `connection lost (${why})`)
    : fail('closed-early', why, { via });
}

function ofJump(
  place: Place,
  code: 'closed-early' | 'connect-timeout' | 'jump-refused',
  message: string,
): FailureError {
  return fail(code, message, { via: place.target.name });
}

/** What a channel that was not opened says about the target, where the jump host did try to connect to it. */
function refused(
  refusal: ChannelRefusal | null,
  place: Place,
  target: Target,
): FailureError | Turned {
  const { reason = null, text = '' } = refusal ?? {};
  if (reason === null) return lost(place);
  if (reason !== CONNECT_FAILED) {
    const why = REASONS[reason] ?? `reason ${reason}`;
    const message = `it does not forward connections for us: ${text === '' || text === 'open failed' ? why : text}`;
    return new Turned(ofJump(place, 'jump-refused', message));
  }
  const where = endpoint(target);
  const says = `says jump host ${place.target.name}`;
  if (/refused/iu.test(text)) return fail('refused', `connection refused by ${where}, ${says}`);
  if (/timed? ?out/iu.test(text)) {
    return fail('connect-timeout', `no answer from ${where}, ${says}`);
  }
  if (/temporary failure in name/iu.test(text)) {
    return fail('dns-timeout', `no answer about the name ${target.address}, ${says}`);
  }
  if (UNKNOWN_NAME.test(text)) return fail('dns', `no such host: ${target.address}, ${says}`);
  if (/no route|unreachable/iu.test(text))
    return fail('unreachable', `no route to ${where}, ${says}`);
  return fail('unreachable', `cannot connect to ${where}, ${says}: ${text}`);
}

/** RFC 4254 section 5.1. */
const CONNECT_FAILED = 2;
const REASONS: Readonly<Record<number, string>> = {
  1: 'administratively prohibited',
  3: 'unknown channel type',
  4: 'resource shortage',
};
/** gai_strerror(3) of several C libraries, and what servers in other languages say. */
const UNKNOWN_NAME =
  /not known|no such host|no address associated|nodename nor servname|does not resolve|unknown host|resolv/iu;
