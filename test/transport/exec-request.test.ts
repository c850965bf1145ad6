import { expect, test } from 'vitest';
import { sendTogether, type ExecProtocol } from '../../src/transport/exec-request.ts';

const PLAIN = {
  hasInput: true,
  env: {},
  tty: null,
  forwardAgent: false,
  terminal: () => undefined,
};

function recorded(): { readonly said: string[]; readonly protocol: ExecProtocol } {
  const said: string[] = [];
  const note = (...words: readonly unknown[]): void => void said.push(words.join(' '));
  const protocol: ExecProtocol = {
    exec: (channel, command) => note('exec', channel, command),
    subsystem: (channel, name) => note('subsystem', channel, name),
    env: (channel, name, value, reply) => note('env', channel, name, value, reply),
    pty: (channel, rows, columns, _height, _width, term, modes, reply) =>
      note('pty', channel, rows, columns, term, JSON.stringify(modes), reply),
    openssh_agentForward: (channel, reply) => note('agent', channel, reply),
    channelEOF: (channel) => note('eof', channel),
  };
  sendTogether(protocol, { cork: () => note('cork'), uncork: () => note('uncork') });
  return { said, protocol };
}

test('a command without input and its end of file are one write; with input it goes alone', () => {
  const { said, protocol } = recorded();
  protocol.next = { ...PLAIN, hasInput: false };
  protocol.exec(7, 'true', true);
  protocol.next = PLAIN;
  protocol.exec(8, 'cat', true);
  protocol.exec(9, 'next is of one command only', true);
  expect(said).toEqual([
    'cork',
    'exec 7 true',
    'eof 7',
    'uncork',
    'exec 8 cat',
    'exec 9 next is of one command only',
  ]);
});

test('variables, a terminal and the agent leave in the same write, before the command', () => {
  const { said, protocol } = recorded();
  const asked: number[] = [];
  protocol.next = {
    ...PLAIN,
    env: { A: '1', B: 'two words' },
    tty: { columns: 132, rows: 50 },
    forwardAgent: true,
    terminal: (channel) => asked.push(channel),
  };
  protocol.exec(3, 'vi', true);
  expect(said).toEqual([
    'cork',
    'agent 3 false',
    'pty 3 50 132 dumb {"ECHO":0,"ONLCR":0} true',
    'env 3 A 1 false',
    'env 3 B two words false',
    'exec 3 vi',
    'uncork',
  ]);
  expect(asked).toEqual([3]);
});
