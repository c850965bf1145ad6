import { safeLine } from '../../base/safe-text.ts';
import type { FailureError } from '../../model/failure.ts';
import type { AskedQuestion } from '../../model/ports/transport.ts';
import { fail } from '../failures.ts';
import type { Ssh2 } from '../ssh2.ts';
import type { PrivateKeyFile } from './key-file.ts';
import { fileLoginKey, type LoginKey } from './login-key.ts';
import {
  MAX_ATTEMPTS,
  NOBODY_ASKED,
  NO_PASSPHRASE,
  WRONG_PASSPHRASE,
  tryPassphrase,
} from './unlock.ts';

/**
 * An encrypted key of a job whose passphrase is asked for when a child needs it: once for all its children. Every child
 * asks for itself, and so is seen to wait; they are given one answer, and the first to have it tries it.
 */
export class LockedKey {
  readonly file: PrivateKeyFile;
  readonly #ssh2: Ssh2;
  #key: LoginKey | null = null;
  /** Why it is not open: completes a sentence that begins with the file's name. */
  #problem = NOBODY_ASKED;
  /** From 1; which answer is waited for. */
  #attempt = 1;
  #isDecided = false;

  constructor(ssh2: Ssh2, file: PrivateKeyFile) {
    this.#ssh2 = ssh2;
    this.file = file;
  }

  /** null while it is locked, and where it stays so. */
  get key(): LoginKey | null {
    return this.#key;
  }

  /** Of a login that has nothing else to offer. */
  get failure(): FailureError {
    return fail('auth-denied', `key file ${this.#shown} ${this.#problem}`);
  }

  /**
   * Asks until the key is open or left: three times at most, as ssh does (NumberOfPasswordPrompts). An empty answer
   * leaves it. Throws FailureError `auth-denied` where all three were wrong, to whoever asks later too.
   */
  async unlock(ask: (question: AskedQuestion) => Promise<string>): Promise<void> {
    while (!this.#isDecided) {
      const attempt = this.#attempt;
      const answer = await ask({ key: this.file.file, text: this.#question, secret: true });
      // Another child was given the same answer, and has tried it.
      if (attempt === this.#attempt && !this.#isDecided) this.#try(answer);
    }
    if (this.#problem === WRONG_PASSPHRASE) throw this.failure;
  }

  #try(answer: string): void {
    const tried = tryPassphrase(this.#ssh2, this.file, answer);
    switch (tried.kind) {
      case 'key':
        this.#key = fileLoginKey(this.file.file, tried.key);
        this.#problem = 'is a key of a type that is not supported';
        this.#isDecided = true;
        return;
      case 'none':
        this.#problem = NO_PASSPHRASE;
        this.#isDecided = true;
        return;
      case 'wrong':
        this.#attempt += 1;
        if (this.#attempt <= MAX_ATTEMPTS) return;
        this.#problem = WRONG_PASSPHRASE;
        this.#isDecided = true;
    }
  }

  get #question(): string {
    const question = `passphrase of the key file ${this.#shown}`;
    if (this.#attempt === 1) return question;
    return `${question} (it was wrong; attempt ${this.#attempt} of ${MAX_ATTEMPTS})`;
  }

  get #shown(): string {
    return safeLine(this.file.file, LONGEST_FILE);
  }
}

/** Leaves room for the rest of a failure's message. */
const LONGEST_FILE = 130;
