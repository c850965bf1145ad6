import { safeLine } from '../../base/safe-text.ts';
import type { Criterion } from './block.ts';
import { placeOfDirective, type Directive } from './directive.ts';
import { findKeyword } from './keywords.ts';
import type { Obtained } from './obtain.ts';

/** Gathers what the files ask for and we do not do, so that it is told once. */
export class Notices {
  /** By keyword, where it was said first. */
  readonly #options = new Map<string, string>();
  readonly #conditions = new Map<string, string>();
  readonly #told = new Set<string>();
  readonly #seen = new Set<string>();

  /** What was obtained for a host. */
  see({ first, key }: Obtained): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    for (const directive of first.values()) if (matters(directive)) this.#add(directive);
  }

  /** A criterion of Match that was not judged. */
  unjudged({ name }: Criterion, place: string): void {
    if (!this.#conditions.has(name)) this.#conditions.set(name, place);
  }

  /** What has not been told yet: a line for options, a line for each kind of condition. */
  take(): readonly string[] {
    const options = [...this.#options].filter(([name]) => !this.#told.has(name));
    for (const [name] of options) this.#told.add(name);
    const lines: string[] = [];
    if (options.length > 0) {
      const list = options.map(([name, place]) => `${name} (${place})`).join(', ');
      lines.push(`not honoured of ssh_config: ${list}`);
    }
    for (const [name, place] of this.#conditions) {
      const key = `Match ${name}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      lines.push(
        name === 'exec'
          ? `${place}: Match exec never matches without --match-exec, which lets it run its command`
          : `${place}: ${key} is not known here, and never matches`,
      );
    }
    return lines.map((line) => safeLine(line, LONGEST));
  }

  #add(directive: Directive): void {
    const name = findKeyword(directive.keyword)?.name ?? directive.keyword;
    if (!this.#options.has(name)) this.#options.set(name, placeOfDirective(directive));
  }
}

/** Whether we do otherwise than this asks. */
function matters({ keyword, args }: Directive): boolean {
  const known = findKeyword(keyword);
  if (known?.treatment !== 'named') return false;
  const value = args[0]?.toLowerCase() ?? '';
  return args.length > 1 || known.harmless?.includes(value) !== true;
}

const LONGEST = 1000;
