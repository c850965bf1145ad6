import { expect, test } from 'vitest';
import type { AskedQuestion } from '../../../src/model/ports/transport.ts';
import { localTarget } from '../../../src/model/target.ts';
import { passwordPart, type PasswordPart } from '../../../src/work/become/job-password.ts';
import { becomes } from './accounts.ts';

const SUDO = becomes('sudo');

function job(): {
  readonly questions: readonly AskedQuestion[];
  readonly part: (signal?: AbortSignal) => PasswordPart;
} {
  const questions: AskedQuestion[] = [];
  const become = { ...SUDO };
  const ask = (question: AskedQuestion): Promise<string> => {
    questions.push(question);
    return Promise.resolve(`answer ${questions.length}`);
  };
  const part = (signal = new AbortController().signal): PasswordPart =>
    passwordPart(become, { ask, target: localTarget('me'), signal });
  return { questions, part };
}

const said = async (part: PasswordPart): Promise<string> =>
  (await part.ask?.())?.use((bytes) => bytes.toString()) ?? 'nobody';

test('who comes while an answer is tried out has it where it was right, and is not asked', async () => {
  const { part, questions } = job();
  const [first, second] = [part(), part()];
  expect(await said(first)).toBe('answer 1');
  const later = said(second);
  first.settle(true);
  expect(await later).toBe('answer 1');
  second.settle(true);
  const third = part();
  expect(third.proven?.use((bytes) => bytes.toString())).toBe('answer 1');
  expect(questions).toHaveLength(1);
});

test('where it was wrong for all who tried it, the next one is asked anew', async () => {
  const { part, questions } = job();
  const [first, second, third] = [part(), part(), part()];
  expect(await Promise.all([said(first), said(second)])).toEqual(['answer 1', 'answer 2']);
  const later = said(third);
  first.settle(false);
  second.settle(false);
  expect(await later).toBe('answer 3');
  expect(questions).toHaveLength(3);
  third.settle(false);
  expect(part().proven).toBeNull();
});

test('who is stopped meanwhile waits no longer', async () => {
  const { part } = job();
  const stop = new AbortController();
  await said(part());
  const waiting = said(part(stop.signal));
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});
