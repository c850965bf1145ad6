import { expect, test } from 'vitest';
import { wireString } from '../../src/transport/host-keys/key-blob.ts';
import { refuseGlobalRequests, type RequestProtocol } from '../../src/transport/global-requests.ts';

function refusing(): {
  readonly protocol: RequestProtocol;
  readonly taken: Buffer[];
  readonly refused: () => number;
} {
  const taken: Buffer[] = [];
  let refused = 0;
  const protocol: RequestProtocol = {
    _onPayload: (payload) => taken.push(payload),
    _handlers: { GLOBAL_REQUEST: () => undefined },
    requestFailure: () => void (refused += 1),
  };
  refuseGlobalRequests(protocol);
  return { protocol, taken, refused: () => refused };
}

function globalRequest(name: string, wantReply: boolean, rest = ''): Buffer {
  const reply = Buffer.from([wantReply ? 1 : 0]);
  return Buffer.concat([Buffer.from([80]), wireString(name), reply, Buffer.from(rest)]);
}

test('a server’s list of its host keys is not even read', () => {
  const { protocol, taken } = refusing();
  expect(protocol._onPayload(globalRequest(LIST, false, 'keys'))).toBeUndefined();
  expect(protocol._onPayload(globalRequest(LIST, false))).toBeUndefined();
  expect(taken).toEqual([]);
});

test('every other message is, with what comes of it', () => {
  const { protocol, taken } = refusing();
  const others = [
    globalRequest(LIST, true),
    globalRequest('hostkeys-01@openssh.com', false),
    globalRequest('keepalive@openssh.com', true),
    globalRequest(LIST, false).subarray(0, -1),
    Buffer.from([94, ...globalRequest(LIST, false).subarray(1)]),
    Buffer.from([80]),
    Buffer.alloc(0),
  ];
  expect(others.map((payload) => protocol._onPayload(payload))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(taken).toEqual(others);
});

test('what a server asks of us is refused, where it wants to know', () => {
  const { protocol, refused } = refusing();
  protocol._handlers.GLOBAL_REQUEST(protocol, 'tcpip-forward', false);
  expect(refused()).toBe(0);
  protocol._handlers.GLOBAL_REQUEST(protocol, 'tcpip-forward', true);
  expect(refused()).toBe(1);
});

const LIST = 'hostkeys-00@openssh.com';
