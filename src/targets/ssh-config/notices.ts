import { safeLine } from '../../base/safe-text.ts';
import type { Criterion } from './block.ts';
import { placeOfDirective, type Directive } from './directive.ts';
import { findKeyword } from './keywords.ts';
import type { Obtained } from './gathering.ts';

/** Gathers what the files ask for and we do not do, so that it is told once. */
export class Notices {
  /** By keyword, where it was said first. */
  readonly #options = new Map<string, string>();
  /** Whole lines, by what they are about. */
  readonly #lines = new Map<string, string>();
  readonly #told = new Set<string>();
  readonly #seen = new Set<string>();

  /** What was obtained for a host. */
  see({ first, key }: Obtained): void {
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    for (const directive of first.values()) if (matters(directive)) this.#add(directive);
    const forward = first.get('forwardagent');
    if (forward !== undefined && forward.origin.level !== 'command line' && asksFor(forward)) {
      const place = placeOfDirective(forward);
      this.#say('ForwardAgent', place, 'is not taken from a file: -A forwards the agent');
    }
  }

  /** A criterion of Match that was not judged. */
  unjudged({ name }: Criterion, place: string): void {
    const key = `Match ${name}`;
    const text =
      name === 'exec'
        ? 'never matches without --match-exec, which lets it run its command'
        : 'is not known here, and never matches';
    this.#say(key, place, text);
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
    for (const [key, line] of this.#lines) {
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      lines.push(line);
    }
    return lines.map((line) => safeLine(line, LONGEST));
  }

  #say(key: string, place: string, text: string): void {
    if (!this.#lines.has(key)) this.#lines.set(key, `${place}: ${key} ${text}`);
  }

  #add(directive: Directive): void {
    const name = findKeyword(directive.keyword)?.name ?? directive.keyword;
    if (!this.#options.has(name)) this.#options.set(name, placeOfDirective(directive));
  }
}

function asksFor({ args }: Directive): boolean {
  return !/^(?:no|false)$/iu.test(args[0] ?? 'no');
}

/** Whether we do otherwise than this asks. */
function matters({ keyword, args }: Directive): boolean {
  const known = findKeyword(keyword);
  if (known?.treatment !== 'named') return false;
  const value = args[0]?.toLowerCase() ?? '';
  return args.length > 1 || known.harmless?.includes(value) !== true;
}

const LONGEST = 1000;
