import { inspect } from 'node:util';

/**
 * A secret on its way from the person who gave it to the code that needs it. However it is printed, logged, inspected
 * or put into JSON, it says `[secret]`.
 */
export class Secret {
  readonly #bytes: Buffer;

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'utf8');
    Object.defineProperty(this, inspect.custom, { value: () => PLACEHOLDER });
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
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
