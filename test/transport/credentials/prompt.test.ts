import { copyFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import type { Access } from '../../../src/model/access.ts';
import type { AskedQuestion, Connection, Transport } from '../../../src/model/ports/transport.ts';
import type { Target } from '../../../src/model/target.ts';
import { eventually } from '../../helpers/eventually.ts';
import { failureOf, request, withTransport } from '../connect/reach.ts';
import { startAgent } from './agent.ts';
import { encryptKey, keygen } from './keygen.ts';
import { fleetThatLetsIn, keyFolder } from './key-folder.ts';

const WORDS = 'canary-77: the right words';
const path = keyFolder('prompts');
for (const name of ['locked', 'plain', 'stranger']) keygen(path(name), ['-t', 'ed25519']);
copyFileSync(path('locked'), path('opened'));
encryptKey(path('locked'), WORDS);
const fleet = await fleetThatLetsIn(path, ['locked', 'plain']);
const [host = ''] = fleet.addresses(1);
const agent = await startAgent();
afterAll(() => agent.stop());

function named(...names: readonly string[]): Target {
  return fleet.target(host, { identities: names.map(path) });
}

/** An operator who is asked once for all children that wait: the controller's part. */
class Operator {
  readonly asked: AskedQuestion[] = [];
  readonly #answers: string[];
  #waiting: ((answer: string) => void)[] = [];
  #open: string | null = null;

  constructor(...answers: string[]) {
    this.#answers = answers;
  }

  readonly ask = (question: AskedQuestion): Promise<string> =>
    new Promise((resolve) => {
      if (this.#open !== question.text) this.asked.push(question);
      this.#open = question.text;
      this.#waiting.push(resolve);
    });

  /** Answers that it was not asked for. */
  get left(): number {
    return this.#answers.length;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  answer(): void {
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error('asked too often');
    this.#open = null;
    for (const resolve of this.#waiting.splice(0)) resolve(answer);
  }

  /** Answers as often as it is asked, until the task is over. */
  async during<T>(task: Promise<T>): Promise<T> {
    let isOver = false;
    const over = task.finally(() => {
      isOver = true;
    });
    over.catch(() => undefined);
    while (this.#answers.length > 0) {
      const answers = this.#answers.length;
      await eventually(() => isOver || this.waiting > 0);
      if (isOver) break;
      this.answer();
      await eventually(() => isOver || this.waiting > 0 || this.#answers.length < answers);
    }
    return over;
  }
}

async function login(
  transport: Transport,
  target: Target,
  access: Access,
  ask?: Operator['ask'],
): Promise<Connection> {
  const asked = request(target, access, ask === undefined ? {} : { ask });
  await transport.unlock(asked);
  return transport.connect(asked);
}

async function connectionsDuring(task: () => Promise<unknown>): Promise<number> {
  const before = (await fleet.log()).length;
  await task();
  return (await fleet.log()).slice(before).match(/^Connection from /gmu)?.length ?? 0;
}

describe('an encrypted key when nobody is to be asked', () => {
  test.each<[string, Partial<Target>, Partial<Access>]>([
    ['that is named', { identities: ['locked'] }, {}],
    ['that is a default', { identities: [] }, { defaultIdentities: ['locked', 'missing'] }],
  ])('%s fails its children at once, without a connection', async (_what, target, access) => {
    await withTransport(async (transport) => {
      const whole = fleet.access({
        prompt: 'never',
        defaultIdentities: (access.defaultIdentities ?? []).map(path),
        passphrase: () => Promise.reject(new Error('nobody is there')),
      });
      const one = named(...(target.identities ?? []));
      await transport.prepare([one], whole, true);
      const connections = await connectionsDuring(async () => {
        await expect(failureOf(login(transport, one, whole))).resolves.toEqual({
          phase: 'authenticate',
          code: 'auth-denied',
          message: `key file ${path('locked')} is encrypted, and nobody can be asked for its passphrase`,
          mayHaveRun: false,
          via: null,
        });
      });
      expect(connections).toBe(0);
    });
  });

  test('is passed over where there is another key, or the agent holds it', async () => {
    const access = fleet.access({ prompt: 'never' });
    await withTransport(async (transport) => {
      const two = named('locked', 'plain');
      await transport.prepare([two], access, true);
      (await login(transport, two, access)).release();
      agent.add(path('opened'));
      const withAgent = fleet.access({ prompt: 'never', agent: agent.socket });
      await transport.prepare([named('locked')], withAgent, true);
      (await login(transport, named('locked'), withAgent)).release();
      agent.remove(path('opened'));
    });
  });

  test('is named where the other keys are refused', async () => {
    const access = fleet.access({ prompt: 'never' });
    await withTransport(async (transport) => {
      const two = named('locked', 'stranger');
      await transport.prepare([two], access, true);
      const failure = await failureOf(login(transport, two, access));
      expect(failure.code).toBe('auth-denied');
      expect(failure.message).toContain(`key file ${path('locked')} is`.slice(0, 60));
    });
  });

  test('does not excuse a key that is missing', async () => {
    const access = fleet.access({ prompt: 'never' });
    await withTransport(async (transport) => {
      await expect(transport.prepare([named('missing')], access, true)).rejects.toThrow(
        ConfigError,
      );
    });
  });
});

describe('an encrypted key that is asked for when it is needed', () => {
  test('is asked for by each child, and unlocked once for all of them', async () => {
    const access = fleet.access({ prompt: 'when-needed' });
    const targets = fleet
      .addresses(16)
      .map((one) => fleet.target(one, { identities: [path('locked')] }));
    const operator = new Operator(WORDS);
    await withTransport(async (transport) => {
      await transport.prepare(targets, access, true);
      const all = targets.map((target) => login(transport, target, access, operator.ask));
      await eventually(() => operator.waiting === 16);
      operator.answer();
      for (const connection of await Promise.all(all)) connection.release();
      expect(transport.openConnections).toBe(0);
      const late = named('locked');
      await transport.prepare([late], access, true);
      (await login(transport, late, access, operator.ask)).release();
    });
    expect(operator.asked).toEqual([
      { key: path('locked'), text: `passphrase of the key file ${path('locked')}`, secret: true },
    ]);
  });

  test('is asked for again while the answer is wrong, three times in all, by whoever has not given up', async () => {
    const access = fleet.access({ prompt: 'when-needed' });
    const target = named('locked');
    await withTransport(async (transport) => {
      await transport.prepare([target], access, true);
      const operator = new Operator('wrong', 'wrong again', 'still wrong');
      const children = [1, 2].map(() => login(transport, target, access, operator.ask));
      const gone = login(transport, target, access, () =>
        Promise.reject(new Error('it was stopped')),
      );
      await expect(gone).rejects.toThrow('it was stopped');
      const failures = operator.during(Promise.all(children.map(failureOf)));
      for (const failure of await failures) {
        expect(failure).toMatchObject({ phase: 'authenticate', code: 'auth-denied' });
        expect(failure.message).toContain('the passphrase was wrong three times');
      }
      const text = `passphrase of the key file ${path('locked')}`;
      expect(operator.asked.map((question) => question.text)).toEqual([
        text,
        `${text} (it was wrong; attempt 2 of 3)`,
        `${text} (it was wrong; attempt 3 of 3)`,
      ]);
      expect(operator.left).toBe(0);
      // A child that comes later is not to begin it all again.
      const later = await failureOf(login(transport, target, access, operator.ask));
      expect(later.message).toContain('the passphrase was wrong three times');
      expect(operator.waiting).toBe(0);
      // Who has given a wrong passphrase three times wanted this key, not another.
      const two = named('locked', 'plain');
      await transport.prepare([two], access, true);
      const third = await failureOf(login(transport, two, access, operator.ask));
      expect(third.message).toContain('the passphrase was wrong three times');
    });
  });

  test('is good at the second answer as at the first', async () => {
    const access = fleet.access({ prompt: 'when-needed' });
    const operator = new Operator('wrong', WORDS);
    await withTransport(async (transport) => {
      await transport.prepare([named('locked')], access, true);
      (await operator.during(login(transport, named('locked'), access, operator.ask))).release();
    });
  });

  test('is left by an empty answer: other keys are tried, or the login fails', async () => {
    const access = fleet.access({ prompt: 'when-needed' });
    await withTransport(async (transport) => {
      const two = named('locked', 'plain');
      await transport.prepare([two], access, true);
      const operator = new Operator('');
      (await operator.during(login(transport, two, access, operator.ask))).release();
      const only = fleet.access({ prompt: 'when-needed' });
      await transport.prepare([named('locked')], only, true);
      const other = new Operator('');
      const failure = await failureOf(
        other.during(login(transport, named('locked'), only, other.ask)),
      );
      expect(failure).toMatchObject({ code: 'auth-denied', mayHaveRun: false });
      expect(failure.message).toContain('no passphrase was given');
    });
  });

  test('is not asked for where an open connection serves, nor a default key where there is another', async () => {
    const access = fleet.access({ prompt: 'when-needed' });
    const refuse = (): Promise<string> => Promise.reject(new Error('this was not to be asked'));
    await withTransport(
      async (transport) => {
        const target = named('locked');
        await transport.prepare([target], access, true);
        const operator = new Operator(WORDS);
        const first = await operator.during(login(transport, target, access, operator.ask));
        first.release();
        const again = fleet.access({ prompt: 'when-needed' });
        await transport.prepare([target], again, true);
        const asked = request(target, again, { ask: refuse });
        await transport.unlock(asked);
        expect(transport.take(asked)).not.toBeNull();
        const defaults = fleet.access({
          prompt: 'when-needed',
          defaultIdentities: [path('locked'), path('plain')],
        });
        await transport.prepare([named()], defaults, true);
        (await login(transport, named(), defaults, refuse)).release();
      },
      { keepMs: 60_000 },
    );
  });

  test('that is a default one and the only one is asked for', async () => {
    const access = fleet.access({ prompt: 'when-needed', defaultIdentities: [path('locked')] });
    const operator = new Operator(WORDS);
    await withTransport(async (transport) => {
      await transport.prepare([named()], access, true);
      (await operator.during(login(transport, named(), access, operator.ask))).release();
    });
    expect(operator.asked).toHaveLength(1);
  });
});
