import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { delay } from '../../../src/base/clock.ts';
import { Secret } from '../../../src/base/secret.ts';
import type { Access } from '../../../src/model/access.ts';
import type { Failure } from '../../../src/model/failure.ts';
import type { AskedQuestion, PhaseObserver } from '../../../src/model/ports/transport.ts';
import { WANTED, pamAllowed, startPamFleet, type PamFleet, type Wanted } from '../../fleet/pam.ts';
import { eventually } from '../../helpers/eventually.ts';
import { hurriedClock } from '../channel/hurried-clock.ts';
import { startAgent, type TestAgent } from '../credentials/agent.ts';
import { connectTo, failureOf, notes, request, run, withTransport } from './reach.ts';

/** Whatever is asked for here has this answer: a password, or what a person types. */
const PASSWORD = 'canary: fünf Vögel';
let fleet: PamFleet;
let agent: TestAgent;
beforeAll(async () => {
  if (!pamAllowed()) return;
  fleet = await startPamFleet(PASSWORD);
  agent = await startAgent();
  agent.add(fleet.userKey);
});
afterAll(async () => {
  if (!pamAllowed()) return;
  await fleet.stop();
  await agent.stop();
});

const EVERY = Object.keys(WANTED).filter((name): name is Wanted => name in WANTED);

type Ask = (question: AskedQuestion) => Promise<string>;

/** Logs in at a host, runs a command, and gives all that was said of it. */
async function letIn(
  wanted: Wanted,
  access: Partial<Access>,
  ask?: Ask,
  identities = [fleet.userKey],
): Promise<string> {
  const told = notes();
  const target = fleet.target(fleet.host(wanted), { identities });
  await withTransport(async (transport) => {
    const options = { notes: told, traced: true, ...(ask === undefined ? {} : { ask }) };
    const connection = await connectTo(transport, target, fleet.access(access), options);
    expect((await run(connection, 'id -un', 'none')).output).toBe(`${fleet.user}\n`);
    connection.release();
  });
  const detail = told.phases.find(({ phase }) => phase === 'authenticate')?.detail ?? '';
  return [detail, ...told.trace, ...told.warnings].join('\n');
}

async function refused(
  wanted: Wanted,
  access: Partial<Access>,
  ask?: Ask,
  identities: readonly string[] = [fleet.userKey],
): Promise<Failure> {
  const target = fleet.target(fleet.host(wanted), { identities });
  const options = ask === undefined ? {} : { ask };
  const failure = await withTransport((transport) =>
    failureOf(connectTo(transport, target, fleet.access(access), options)),
  );
  expect(failure).toMatchObject({ phase: 'authenticate', mayHaveRun: false });
  expect(failure.message).not.toContain(PASSWORD);
  return failure;
}

/** What sshd decides on passwords and answers meanwhile, once it is so much. */
async function attempts(count: number, task: () => Promise<unknown>): Promise<readonly string[]> {
  const decided = async (): Promise<readonly string[]> =>
    (await fleet.attempts()).filter((line) => /^(?:Accepted|Failed)/u.test(line));
  const before = (await decided()).length;
  await task();
  return eventually(
    async () => {
      const lines = (await decided()).slice(before);
      return lines.length >= count ? lines : null;
    },
    { what: `${count} lines about passwords in the log of sshd` },
  );
}

describe.runIf(pamAllowed())('a password that was given for all hosts', () => {
  test.each(EVERY)('lets in where a real sshd wants: %s', async (wanted) => {
    const said = await letIn(wanted, { password: new Secret(PASSWORD) });
    // Nothing of it is in the phases or the conversation.
    expect(said).not.toMatch(/canary|V\u00F6gel/u);
    expect(said.length).toBeGreaterThan(1000);
  });

  test('is not used where a key is enough', async () => {
    const log = await fleet.attempts();
    expect(await letIn('any', { password: new Secret('wrong') })).toContain(fleet.userKey);
    expect(await fleet.attempts()).toEqual(log);
  });

  test.each([
    ['password', 'auth-denied'],
    ['dialogue', 'auth-denied'],
    ['keyAndDialogue', 'auth-partial'],
    ['keyAndPassword', 'auth-partial'],
  ] as const)('is tried once where it is wrong: %s ends as %s', async (wanted, code) => {
    const lines = await attempts(1, async () => {
      const failure = await refused(wanted, { password: new Secret('wrong') });
      expect(failure.code).toBe(code);
    });
    expect(lines.filter((line) => line.startsWith('Failed'))).toHaveLength(1);
  });

  test('is tried once also where several methods would take it, and nobody is asked for another', async () => {
    const asked: string[] = [];
    const lines = await attempts(1, async () => {
      const failure = await refused(
        'any',
        { password: new Secret('wrong') },
        async ({ text }) => {
          asked.push(text);
          return PASSWORD;
        },
        [],
      );
      expect(failure.code).toBe('auth-denied');
      expect(failure.message).toContain('tried the password');
    });
    expect(lines).toHaveLength(1);
    expect(asked).toEqual([]);
  });
});

test.runIf(pamAllowed())(
  'C25: a password that a host has refused is not tried there again, until it is given anew',
  async () => {
    const target = fleet.target(fleet.host('password'), { identities: [] });
    const before = (await fleet.log()).length;
    const messages: string[] = [];
    await withTransport(async (transport) => {
      for (const given of [1, 2]) {
        const password = new Secret('wrong');
        for (const children of [1, 3]) {
          // Each line of a shell is a job of its own.
          const access = fleet.access({ password });
          await transport.prepare([target], access, true);
          for (let child = 0; child < children; child += 1) {
            const { code, message } = await failureOf(transport.connect(request(target, access)));
            expect(code).toBe('auth-denied');
            messages.push(message);
          }
        }
        const tried = (await fleet.log()).slice(before).match(/^Failed password/gmu) ?? [];
        expect(tried).toHaveLength(given);
      }
    });
    expect(new Set(messages).size).toBe(1);
  },
);

describe.runIf(pamAllowed())('F14: a second factor', () => {
  test('that nobody can be asked for: what was accepted, what is missing, and no attempt at it', async () => {
    const before = (await fleet.attempts()).length;
    const failure = await refused('keyAndDialogue', {});
    expect(failure.code).toBe('auth-partial');
    expect(failure.message).toMatch(/user accepted, but .* keyboard-interactive$/u);
    expect((await fleet.attempts()).length).toBe(before);
  });

  test.each(['file', 'agent'])('is asked for once the key of a %s is accepted', async (source) => {
    const questions: AskedQuestion[] = [];
    const detail = await letIn(
      'keyAndDialogue',
      source === 'agent' ? { agent: agent.socket } : {},
      async (question) => {
        questions.push(question);
        return PASSWORD;
      },
      source === 'agent' ? [] : [fleet.userKey],
    );
    expect(detail.split('\n')[0]).toMatch(/ and keyboard-interactive$/u);
    const host = fleet.host('keyAndDialogue');
    expect(questions).toMatchObject([
      { text: `${host} asks ${fleet.user}: Password`, secret: true },
    ]);
  });

  test('that is a password is asked for as well', async () => {
    const asked: string[] = [];
    await letIn('keyAndPassword', {}, async ({ text, secret }) => {
      asked.push(`${secret} ${text}`);
      return PASSWORD;
    });
    expect(asked).toEqual([`true ${fleet.host('keyAndPassword')} asks ${fleet.user}: password`]);
  });

  test('that a person mistypes is asked for again, three times in all', async () => {
    const asked: string[] = [];
    const lines = await attempts(3, async () => {
      const failure = await refused('keyAndDialogue', {}, async ({ text }) => {
        asked.push(text);
        return 'wrong';
      });
      expect(failure.code).toBe('auth-partial');
    });
    expect(asked.map((text) => /attempt \d of \d/u.exec(text)?.[0])).toEqual([
      undefined,
      'attempt 2 of 3',
      'attempt 3 of 3',
    ]);
    expect(lines.filter((line) => line.startsWith('Failed'))).toHaveLength(3);
  });

  test('may take a person longer than a login may take', async () => {
    const clock = hurriedClock();
    const target = fleet.target(fleet.host('keyAndDialogue'));
    const access = fleet.access();
    const asked = request(target, access, { ask: () => delay(clock, 45_000).then(() => PASSWORD) });
    const observer: PhaseObserver = {
      ...asked.observer,
      // From here on the login has 30 s.
      phase: (phase) => {
        if (phase === 'verify') clock.hurry(30);
      },
    };
    await withTransport(
      async (transport) => {
        await transport.prepare([target], access, true);
        (await transport.connect({ ...asked, observer })).release();
      },
      { clock },
    );
  });
});

test.runIf(pamAllowed())(
  'a host that takes keys too asks no person where no key is good',
  async () => {
    const failure = await refused('any', {}, () => Promise.reject(new Error('asked')), []);
    expect(failure.code).toBe('auth-denied');
    expect(failure.message).toMatch(/it takes publickey,\s?password,\s?keyboard-interactive/u);
  },
);
