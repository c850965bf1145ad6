import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../error-code.ts';
import { trustFault } from '../inventory/read-file.ts';
import { hintFor } from '../near-miss.ts';
import { shown } from '../nodeset/fault.ts';
import { argumentFault } from './arguments.ts';
import type { Block, Condition } from './block.ts';
import { parseHost, parseMatch } from './conditions.ts';
import { fault, placeOfDirective, type Directive, type Origin } from './directive.ts';
import { includedPaths, type IncludeContext } from './includes.ts';
import { canonicalKeyword, findKeyword, KEYWORDS, nameOf } from './keywords.ts';
import { splitArguments, splitLine, type Line } from './lines.ts';

export interface FileToRead {
  readonly path: string;
  readonly origin: Origin;
  /** It must not be writable by others. */
  readonly checked: boolean;
  /** Where it is missing there is nothing to read. */
  readonly optional: boolean;
}

export interface ReadContext extends IncludeContext {
  /** Who must own what is checked; null: this system has no such thing. */
  readonly uid: number | null;
}

/** Reads files, what they include with them, into one list of blocks. Everything that is wrong is found now. */
export class Reader {
  readonly blocks: Block[] = [];
  /** Keywords that nobody knows: an error unless IgnoreUnknown names them before. */
  readonly unknown: Directive[] = [];
  readonly #context: ReadContext;
  #files = 0;
  #position = 0;

  constructor(context: ReadContext) {
    this.#context = context;
  }

  /** `-o`: `Option=Value` or `Option Value`; what is said first counts. Throws ConfigError. */
  readOptions(options: readonly string[]): void {
    const block = this.#open({ kind: 'always' }, null);
    for (const [index, text] of options.entries()) {
      const origin: Origin = { name: `-o ${text}`, level: 'command line' };
      const line = splitLine(text);
      if (line === null) throw fault(origin.name, 'there is no option');
      if (['host', 'match', 'include'].includes(line.keyword)) {
        throw fault(origin.name, `${line.keyword} stands in files only`);
      }
      this.#add(block, this.#directive(line, origin, index + 1));
    }
  }

  /** Throws ConfigError, naming file and line. */
  readFile(file: FileToRead, within: Block | null = null, depth = 0): void {
    const text = this.#load(file);
    if (text === null) return;
    let block = this.#open(
      within === null ? { kind: 'always' } : { kind: 'as', block: within },
      null,
    );
    for (const [index, content] of text.split('\n').entries()) {
      const line = splitLine(content);
      if (line === null) continue;
      const directive = this.#directive(line, file.origin, index + 1);
      if (line.rest === '') {
        if (findKeyword(directive.keyword) === null) throw unknownKeyword(directive);
        throw fault(placeOfDirective(directive), `${nameOf(directive.keyword)} needs a value`);
      }
      switch (directive.keyword) {
        case 'host':
          block = this.#open(parseHost(directive), within);
          break;
        case 'match':
          block = this.#open(parseMatch(directive), within);
          break;
        case 'include':
          this.#include(directive, block, depth);
          block = this.#open({ kind: 'as', block }, null);
          break;
        default:
          this.#add(block, directive);
      }
    }
  }

  #open(condition: Condition, parent: Block | null): Block {
    const block = { index: this.blocks.length, condition, parent, directives: [] };
    this.blocks.push(block);
    return block;
  }

  #directive({ keyword, rest }: Line, origin: Origin, line: number): Directive {
    this.#position += 1;
    const args = splitArguments(rest);
    const directive = {
      keyword: canonicalKeyword(keyword),
      args: args ?? [],
      rest,
      origin,
      line,
      position: this.#position,
    };
    if (args === null) throw fault(placeOfDirective(directive), 'a quote is not closed');
    return directive;
  }

  #add(block: Block, directive: Directive): void {
    const { keyword, args, rest } = directive;
    if (findKeyword(keyword) === null) {
      this.unknown.push(directive);
      return;
    }
    const problem = argumentFault(keyword, args, rest);
    if (problem !== null) throw fault(placeOfDirective(directive), `${nameOf(keyword)} ${problem}`);
    block.directives.push(directive);
  }

  #include(directive: Directive, within: Block, depth: number): void {
    const place = placeOfDirective(directive);
    const { level } = directive.origin;
    for (const path of includedPaths(directive, this.#context)) {
      if (depth >= DEEPEST) throw fault(place, 'includes are more than 16 deep');
      const origin = { name: abbreviated(path, this.#context.home), level };
      this.readFile({ path, origin, checked: true, optional: true }, within, depth + 1);
    }
  }

  #load({ path, origin, checked, optional }: FileToRead): string | null {
    this.#files += 1;
    if (this.#files > MOST_FILES) throw fault(origin.name, 'too many files are included');
    let handle: number;
    try {
      handle = openSync(path, 'r');
    } catch (cause) {
      const code = errorCode(cause);
      if (optional && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
      throw fault(origin.name, REASONS[code] ?? `cannot be read (${code})`);
    }
    try {
      if (checked) this.#check(handle, origin);
      return readAll(handle, origin);
    } catch (cause) {
      if (errorCode(cause) === 'EISDIR') throw fault(origin.name, 'is a folder, not a file');
      throw cause;
    } finally {
      closeSync(handle);
    }
  }

  #check(handle: number, origin: Origin): void {
    const info = fstatSync(handle);
    const { uid } = this.#context;
    // A pipe or a device might never end.
    if (!info.isFile() && !info.isDirectory()) throw fault(origin.name, 'is not a file');
    const problem = uid === null ? null : trustFault(info, uid);
    if (problem === null) return;
    throw fault(origin.name, problem, `chmod go-w ${origin.name}, and see that it is yours`);
  }
}

/** A path as people write it. */
export function abbreviated(path: string, home: string): string {
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** What is wrong with a keyword that nobody knows. */
export function unknownKeyword(directive: Directive): Error {
  const { keyword } = directive;
  const problem = `unknown option ${shown(keyword)}`;
  const { hint } = keyword.startsWith(BYTE_ORDER_MARK)
    ? { hint: 'the file begins with a byte order mark: save it without one, in UTF-8' }
    : hintFor(
        keyword,
        KEYWORDS.map(({ name }) => name.toLowerCase()),
      );
  return fault(placeOfDirective(directive), problem, hint);
}

function readAll(handle: number, origin: Origin): string {
  const { size } = fstatSync(handle);
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    // A pipe has no size: read until it ends or is too much.
    const chunk = Buffer.allocUnsafe(Math.max(size - total, 0) + SPARE);
    const length = readSync(handle, chunk, 0, chunk.length, null);
    if (length === 0) return Buffer.concat(chunks).toString('utf8');
    total += length;
    if (total > MOST_BYTES) throw fault(origin.name, 'is too large');
    chunks.push(chunk.subarray(0, length));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'may not be read by you',
};
const BYTE_ORDER_MARK = '\uFEFF';
/** READCONF_MAX_DEPTH in OpenSSH's readconf.c. */
const DEEPEST = 16;
/** Includes that double at every depth must not go on for ever. */
const MOST_FILES = 10_000;
/** 100,000 Host blocks take 8 MiB. */
const MOST_BYTES = 64 * 1024 * 1024;
const SPARE = 4096;
