import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { Channel, ChannelEnd } from '../../../src/model/ports/transport.ts';
import { startSftp } from '../../../src/transport/sftp/start.ts';

/** A channel on which nothing is ever answered, until it is closed. */
function silentChannel(): Channel {
  let close = (): void => undefined;
  const ended = new Promise<ChannelEnd>((resolve) => {
    close = () => resolve({ kind: 'closed' });
  });
  return {
    ended,
    write: () => Promise.resolve(true),
    endInput: close,
    pause: () => undefined,
    resume: () => undefined,
    signal: () => undefined,
    close,
  };
}

describe('a session', () => {
  test('with a server that speaks before it is asked, and not SFTP, fails at once', async () => {
    const starting = startSftp(systemClock, 'web1 port 22', (listener) => {
      listener.data('output', Buffer.from('Welcome to web1\n'));
      return Promise.resolve(silentChannel());
    });
    await expect(starting).rejects.toMatchObject({
      failure: { phase: 'transfer', code: 'transfer', mayHaveRun: false },
    });
  });

  test('with a server that is gone before it is asked fails, too', async () => {
    const channel = silentChannel();
    channel.close();
    const starting = startSftp(systemClock, 'web1 port 22', () => Promise.resolve(channel));
    await expect(starting).rejects.toMatchObject({
      failure: { code: 'lost', message: 'web1 port 22 ended the SFTP session' },
    });
  });
});
