import { expect, test } from 'vitest';
import { endInputAtOnce, type ExecProtocol } from '../../src/transport/input-end.ts';

test('a command without input and its end of file are one write; with input it goes alone', () => {
  const said: string[] = [];
  const protocol: ExecProtocol = {
    exec: (channel, command) => said.push(`exec ${channel} ${command}`),
    channelEOF: (channel) => said.push(`eof ${channel}`),
  };
  endInputAtOnce(protocol, {
    cork: () => said.push('cork'),
    uncork: () => said.push('uncork'),
  });
  protocol.endsInput = true;
  protocol.exec(7, 'true', true);
  protocol.endsInput = false;
  protocol.exec(8, 'cat', true);
  expect(said).toEqual(['cork', 'exec 7 true', 'eof 7', 'uncork', 'exec 8 cat']);
});
