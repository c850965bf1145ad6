import { inspect } from 'node:util';

/**
 * A secret on its way from the person who gave it to the code that needs it. However it is printed, logged, inspected
 * or put into JSON, it says `[secret]`.
 */
export class Secret {
  readonly #bytes: Buffer;
  readonly #giving: object;

  /** `giving`: see there. Default: it is given now. */
  constructor(text: string, giving: object = {}) {
    this.#bytes = Buffer.from(text, 'utf8');
    this.#giving = giving;
    Object.defineProperty(this, inspect.custom, { value: () => PLACEHOLDER });
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  /** Stands for the one time that somebody gave it, whatever it was used for since, and by which process. */
  get giving(): object {
    return this.#giving;
  }

  /** The same, as if somebody had given it now. */
  givenAgain(): Secret {
    return new Secret(this.#bytes.toString('utf8'));
  }

  /** Lends the bytes for the time of the call; who keeps them keeps the secret. */
  use<Result>(task: (bytes: Buffer) => Result): Result {
    return task(this.#bytes);
  }

  /** Overwrites the bytes. The text it was made from is out of reach: strings cannot be overwritten. */
  erase(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return PLACEHOLDER;
  }

  toJSON(): string {
    return PLACEHOLDER;
  }
}

const PLACEHOLDER = '[secret]';
