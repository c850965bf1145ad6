import type { AuthContext, KeyboardAuthContext } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secret.ts';
import type { Access } from '../../../src/model/access.ts';
import type { Failure } from '../../../src/model/failure.ts';
import type { AskedQuestion } from '../../../src/model/ports/transport.ts';
import { sshHost, type SshFixtureHost } from '../../fixtures/ssh-host.ts';
import { fleetForFile } from '../../fleet/for-file.ts';
import { connectTo, failureOf, started, withTransport } from './reach.ts';

/** Only its keys and its places are used: the hosts here ask what no sshd asks. */
const fleet = await fleetForFile({ hosts: 1 });

interface Round {
  readonly title?: string;
  readonly text?: string;
  readonly prompts: readonly { readonly prompt: string; readonly echo?: boolean }[];
  /** Whether the answers are right. Default: yes. */
  readonly check?: (answers: readonly string[]) => boolean;
}

/** A host that takes nothing but these rounds of questions, one after the other. */
function dialogueHost(rounds: readonly Round[], seen: string[][] = []): Promise<SshFixtureHost> {
  const converse = (context: KeyboardAuthContext, left: readonly Round[]): void => {
    const [round, ...rest] = left;
    if (round === undefined) {
      context.accept();
      return;
    }
    const prompts = round.prompts.map(({ prompt, echo = false }) => ({ prompt, echo }));
    context.prompt(prompts, round.title ?? '', round.text ?? '', (answers: string[]) => {
      seen.push(answers);
      if (round.check?.(answers) === false) context.reject(METHODS);
      else converse(context, rest);
    });
  };
  return started(
    sshHost(fleet.spare(), {
      onAuthentication: (context: AuthContext) => {
        if (context.method === 'keyboard-interactive') converse(context, rounds);
        else context.reject(METHODS);
      },
    }),
  );
}

const METHODS: ('keyboard-interactive' | 'password')[] = ['keyboard-interactive'];

type Ask = (question: AskedQuestion) => Promise<string>;

async function login(host: SshFixtureHost, access: Partial<Access>, ask?: Ask): Promise<void> {
  const target = fleet.target(host.address, { port: host.port, identities: [] });
  const options = ask === undefined ? {} : { ask };
  await withTransport(async (transport) => {
    (await connectTo(transport, target, fleet.access(access), options)).release();
  });
}

function refusal(host: SshFixtureHost, access: Partial<Access>, ask?: Ask): Promise<Failure> {
  return failureOf(login(host, access, ask));
}

/** Gives these answers, one after the other, and keeps the questions. */
function person(...answers: readonly string[]): {
  readonly ask: Ask;
  readonly asked: AskedQuestion[];
} {
  const asked: AskedQuestion[] = [];
  const ask: Ask = async (question) => {
    asked.push(question);
    return answers[asked.length - 1] ?? 'too much was asked';
  };
  return { ask, asked };
}

describe('several rounds', () => {
  test('the password answers the first, a person the others; what may be seen while it is typed is told', async () => {
    const seen: string[][] = [];
    const host = await dialogueHost(
      [
        { prompts: [{ prompt: 'Password: ' }] },
        { title: 'Two-factor', text: 'Use your token', prompts: [] },
        {
          title: 'Token',
          text: 'Serial 42\u001b[2J',
          prompts: [{ prompt: 'Device:', echo: true }, { prompt: 'Verification code: ' }],
        },
      ],
      seen,
    );
    const { ask, asked } = person('phone', '123456');
    await login(host, { password: new Secret('secret') }, ask);
    expect(seen).toEqual([['secret'], [], ['phone', '123456']]);
    const who = `${host.address} asks ${fleet.user}`;
    expect(asked.map(({ text, secret }) => [text, secret])).toEqual([
      [`${who}: Token Serial 42^[[2J: Device`, false],
      [`${who}: Token Serial 42^[[2J: Verification code`, true],
    ]);
    // Two hosts never share an answer.
    expect(new Set(asked.map(({ key }) => key)).size).toBe(2);
  });

  test('a person may answer all of them, and is told that it is another attempt only where it is', async () => {
    let first = true;
    const wrongAtFirst = (): boolean => {
      const isRight = !first;
      first = false;
      return isRight;
    };
    const host = await dialogueHost([
      { prompts: [{ prompt: 'Password: ' }] },
      { prompts: [{ prompt: 'Code: ' }], check: wrongAtFirst },
    ]);
    const { ask, asked } = person('secret', '12', 'secret', '34');
    await login(host, {}, ask);
    expect(asked.map(({ text }) => text.slice(text.indexOf(fleet.user)))).toEqual([
      `${fleet.user}: Password`,
      `${fleet.user}: Code`,
      `${fleet.user} (attempt 2 of 3): Password`,
      `${fleet.user} (attempt 2 of 3): Code`,
    ]);
  });

  test('without end are left after some', async () => {
    const rounds = Array.from({ length: 100 }, () => ({ prompts: [{ prompt: 'more?' }] }));
    const host = await dialogueHost(rounds);
    const { ask, asked } = person();
    expect((await refusal(host, {}, ask)).code).toBe('auth-denied');
    expect(asked.length).toBeLessThan(25);
  });

  test('where nobody can answer the second: what the host asks for, at once', async () => {
    const host = await dialogueHost([
      { prompts: [{ prompt: "somebody's password: " }] },
      { prompts: [{ prompt: 'One-time password: ' }] },
    ]);
    const failure = await refusal(host, { password: new Secret('secret') });
    expect(failure.code).toBe('auth-partial');
    expect(failure.message).toMatch(/the password given, but .* asks for: One-time password$/u);
  });
});

describe('the password for all hosts is not given to a host that asks for', () => {
  test.each([
    ['another secret', [{ prompt: 'Verification code: ' }]],
    ['a new password', [{ prompt: 'New password: ' }]],
    ['what it would show', [{ prompt: 'Password: ', echo: true }]],
    ['two things at once', [{ prompt: 'Password: ' }, { prompt: 'Password: ' }]],
  ])('%s', async (_what, prompts) => {
    const seen: string[][] = [];
    const host = await dialogueHost([{ prompts }], seen);
    const failure = await refusal(host, { password: new Secret('secret') });
    expect(failure.code).toBe('auth-denied');
    expect(failure.message).toContain('the server asks for: ');
    expect(seen.flat()).not.toContain('secret');
  });
});

describe('a host that plays with whoever is asked', () => {
  test('by asking for very much is refused', async () => {
    const prompts = Array.from({ length: 500 }, () => ({ prompt: 'more?' }));
    const host = await dialogueHost([{ prompts }]);
    const { ask, asked } = person();
    expect((await refusal(host, {}, ask)).code).toBe('auth-denied');
    expect(asked).toEqual([]);
  });

  test('by never being satisfied is left after three answers', async () => {
    const host = await dialogueHost([{ prompts: [{ prompt: 'code?' }], check: () => false }]);
    const { ask, asked } = person('1', '2', '3');
    expect((await refusal(host, {}, ask)).code).toBe('auth-denied');
    expect(asked).toHaveLength(3);
  });

  test('by going away while it is waited for: the question is taken back, and the failure names it', async () => {
    const host = await started(
      sshHost(fleet.spare(), {
        onAuthentication: (context, client) => {
          if (context.method !== 'keyboard-interactive') context.reject(METHODS);
          else {
            context.prompt([{ prompt: 'Code: ', echo: false }], () => undefined);
            leave = () => client.end();
          }
        },
      }),
    );
    let leave = (): void => undefined;
    let withdrawn = false;
    const failure = await refusal(host, {}, ({ signal }) => {
      leave();
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          withdrawn = true;
          reject(new Error('taken back'));
        });
      });
    });
    expect(failure.code).toBe('auth-denied');
    expect(failure.message).toMatch(
      /closed the connection before there was an answer to: .*Code$/u,
    );
    expect(withdrawn).toBe(true);
  });

  test('by asking for another password than the one it took: it has expired', async () => {
    const host = await started(
      sshHost(fleet.spare(), {
        onAuthentication: (context) => {
          if (context.method !== 'password') context.reject(['password']);
          else context.requestChange('change it', () => undefined);
        },
      }),
    );
    const failure = await refusal(host, { password: new Secret('secret') });
    expect(failure).toMatchObject({ code: 'auth-denied' });
    expect(failure.message).toContain('the password has expired and must be changed');
  });
});
