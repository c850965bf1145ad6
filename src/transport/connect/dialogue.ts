import type { Secret } from '../../base/secret.ts';
import { safeLine } from '../../base/safe-text.ts';
import type { AskedQuestion } from '../../model/ports/transport.ts';
import type { Target } from '../../model/target.ts';
import type { ServerPrompt } from '../ssh2.ts';

/** What answers come from. */
export interface Answers {
  /** For all hosts; null: none was given. */
  readonly password: Secret | null;
  /** Asks the operator; null: nobody can be asked. */
  readonly ask: ((question: AskedQuestion) => Promise<string>) | null;
}

/** Nobody can answer what the server asks. `question`: safe text. `afterPassword`: our password was taken before. */
export type Stuck = (question: string, afterPassword: boolean) => void;

/**
 * What a server asks within a login, and who answers: the password that was given for all hosts, once, where one hidden
 * prompt asks for a password; else a person. Rounds may follow each other (RFC 4256 section 3).
 */
export class Dialogue {
  readonly #target: Target;
  readonly #ask: Answers['ask'];
  readonly #stuck: Stuck;
  /** null: none, or it was tried. */
  #password: Secret | null;
  /** The password was tried, and nothing was accepted since. */
  #isSpent = false;
  /** Of the conversation under way: whether our password was taken in it, and how many rounds it has had. */
  #afterPassword = false;
  #rounds = 0;
  /** How often a person was asked since something was accepted, counted by conversations. */
  #typed = 0;
  #accepted = 0;
  #open: { readonly text: string; readonly withdraw: AbortController } | null = null;
  #isOver = false;

  constructor(target: Target, { password, ask }: Answers, stuck: Stuck) {
    this.#target = target;
    this.#password = password;
    this.#ask = ask;
    this.#stuck = stuck;
  }

  /** So many things were accepted so far: with each one the server begins to ask anew. */
  accepted(count: number): void {
    if (count === this.#accepted) return;
    this.#accepted = count;
    this.#typed = 0;
    this.#isSpent = false;
  }

  /** The password for all hosts, once. */
  takePassword(): string | null {
    const password = this.#password;
    if (password === null) return null;
    this.#password = null;
    this.#isSpent = true;
    return password.use((bytes) => bytes.toString('utf8'));
  }

  /** Whether a conversation may begin. `isForPerson`: a person is worth asking. */
  mayBegin(isForPerson: boolean): boolean {
    this.#afterPassword = false;
    this.#rounds = 0;
    return this.#password !== null || (isForPerson && this.mayAsk());
  }

  /** Whether a person may be asked, once more: three times at most, as ssh does (NumberOfPasswordPrompts). */
  mayAsk(): boolean {
    return this.#ask !== null && !this.#isSpent && this.#typed < MOST_ATTEMPTS;
  }

  /** Asks for a password that the server takes as such. */
  askPassword(typed: (password: string) => void): void {
    this.#typed += 1;
    this.#answered([{ prompt: 'password', echo: false }], '', ([password = '']) => typed(password));
  }

  /** For ssh2: one round. */
  readonly prompt = (
    name: string,
    instructions: string,
    _language: string,
    prompts: readonly ServerPrompt[],
    finish: (answers: string[]) => void,
  ): void => {
    const [first] = prompts;
    if (this.#password !== null && first !== undefined && prompts.length === 1) {
      if (first.echo !== true && asksForPassword(first.prompt)) {
        const password = this.takePassword();
        this.#afterPassword = true;
        this.#rounds += 1;
        finish([password ?? '']);
        return;
      }
    }
    // One that a person begins to answer is an attempt of theirs.
    if (this.#rounds === 0) this.#typed += 1;
    this.#rounds += 1;
    this.#answered(prompts, `${name} ${instructions}`, finish);
  };

  /** Nobody is to be asked any more. The question that was open; null: none was. */
  close(): string | null {
    this.#isOver = true;
    const open = this.#open;
    this.#open = null;
    open?.withdraw.abort(new Error('the login is over'));
    return open?.text ?? null;
  }

  #answered(
    prompts: readonly ServerPrompt[],
    about: string,
    finish: (answers: string[]) => void,
  ): void {
    this.#answers(prompts, about).then(
      (answers) => {
        if (!this.#isOver) finish(answers);
      },
      () => {
        // Lost: why there is no answer. Whoever asked was stopped, or it is told here that nobody can be asked.
        if (!this.#isOver) this.#stuck(described(prompts[0]), this.#afterPassword);
      },
    );
  }

  async #answers(prompts: readonly ServerPrompt[], about: string): Promise<string[]> {
    const isTooMuch = prompts.length > MOST_PROMPTS || this.#rounds > MOST_ROUNDS;
    if (this.#ask === null || isTooMuch) throw new Error('nobody answers');
    const answers: string[] = [];
    for (const prompt of prompts) {
      const { name, user } = this.#target;
      const again = this.#typed > 1 ? ` (attempt ${this.#typed} of ${MOST_ATTEMPTS})` : '';
      const note = safeLine(about, LONGEST_NOTE);
      const text = `${name} asks ${user}${again}: ${note === '' ? '' : `${note}: `}${described(prompt)}`;
      answers.push(await this.#askOne(this.#ask, text, prompt.echo !== true));
    }
    return answers;
  }

  async #askOne(ask: NonNullable<Answers['ask']>, text: string, secret: boolean): Promise<string> {
    const withdraw = new AbortController();
    this.#open = { text, withdraw };
    questions += 1;
    try {
      return await ask({ key: `login ${questions}`, text, secret, signal: withdraw.signal });
    } finally {
      this.#open = null;
    }
  }
}

/** The server's words, without what it puts at their end for a terminal. */
function described(prompt: ServerPrompt | undefined): string {
  return safeLine(prompt?.prompt ?? '', LONGEST_PROMPT).replace(/[\s:]+$/u, '');
}

/** Not where it asks for another one: a new one, or one that is used once. */
function asksForPassword(prompt: string): boolean {
  return PASSWORD.test(prompt) && !OTHER_SECRET.test(prompt);
}

/** In the languages that PAM's own module is translated into most often (pam_unix(8)). */
const PASSWORD =
  /passw(?:ord|ort|d)|mot de passe|contrase\u00F1a|senha|wachtwoord|has\u0142o|\u043F\u0430\u0440\u043E\u043B|\u5BC6\u7801|\u30D1\u30B9\u30EF\u30FC\u30C9/iu;
const OTHER_SECRET =
  /\b(?:new|re-?type|again|confirm|old|current|change|one[- ]?time|otp|tokens?|codes?|pin)\b/iu;
const MOST_ATTEMPTS = 3;
/** More are no questions to a person. */
const MOST_PROMPTS = 8;
const MOST_ROUNDS = 20;
const LONGEST_PROMPT = 80;
const LONGEST_NOTE = 60;
/** Every question is one of its own: an answer that is good once must not go to two hosts. */
let questions = 0;
