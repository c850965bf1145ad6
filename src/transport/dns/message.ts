import { decodeName, encodeName } from './name.ts';

/** An answer to one question, as far as it is of use here. */
export interface DnsAnswer {
  /** RFC 1035 section 4.1.1: 0 no error, 3 no such name. */
  readonly code: number;
  /** There is more than fits a datagram. */
  readonly isCut: boolean;
  /** The server says that it has checked the signatures of all of it (AD, RFC 4035 section 3.2.3). */
  readonly isAuthentic: boolean;
  /** The data of the records of the type asked for, of the name or of what it is an alias of. */
  readonly records: readonly Buffer[];
}

/** One question, of class IN; null where the name is none that DNS could have. */
export function encodeQuestion(id: number, name: string, type: number): Buffer | null {
  const encoded = encodeName(name);
  if (encoded === null) return null;
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED | AUTHENTIC, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(1, 10);
  const question = Buffer.alloc(4);
  question.writeUInt16BE(type, 0);
  question.writeUInt16BE(CLASS_IN, 2);
  return Buffer.concat([header, encoded, question, EXTENSION]);
}

/** null: this is no answer to that question, or not a whole one. Whatever it holds, reading it ends. */
export function decodeAnswer(message: Buffer, question: Buffer): DnsAnswer | null {
  if (message.length < HEADER) return null;
  const flags = message.readUInt16BE(2);
  const asked = readQuestion(question);
  const echoed = readQuestion(message);
  if (asked === null || echoed === null) return null;
  const isAnswer = (flags & RESPONSE) !== 0 && message.readUInt16BE(0) === question.readUInt16BE(0);
  if (!isAnswer || asked.name !== echoed.name || asked.type !== echoed.type) return null;
  const isCut = (flags & TRUNCATED) !== 0;
  const records = isCut ? [] : readRecords(message, echoed);
  if (records === null) return null;
  return { code: flags & CODE, isCut, isAuthentic: (flags & AUTHENTIC) !== 0, records };
}

interface Question {
  readonly name: string;
  readonly type: number;
  readonly end: number;
}

function readQuestion(message: Buffer): Question | null {
  if (message.length < HEADER || message.readUInt16BE(4) !== 1) return null;
  const found = decodeName(message, HEADER);
  if (found === null || found.end + 4 > message.length) return null;
  if (message.readUInt16BE(found.end + 2) !== CLASS_IN) return null;
  return { name: found.name, type: message.readUInt16BE(found.end), end: found.end + 4 };
}

function readRecords(message: Buffer, { name, type, end }: Question): Buffer[] | null {
  const names = new Set([name]);
  const records: Buffer[] = [];
  let at = end;
  for (let left = message.readUInt16BE(6); left > 0; left -= 1) {
    const owner = decodeName(message, at);
    if (owner === null || owner.end + RECORD_HEAD > message.length) return null;
    const start = owner.end + RECORD_HEAD;
    at = start + message.readUInt16BE(start - 2);
    if (at > message.length) return null;
    if (!names.has(owner.name) || message.readUInt16BE(owner.end + 2) !== CLASS_IN) continue;
    const found = message.readUInt16BE(owner.end);
    if (found === type) records.push(message.subarray(start, at));
    if (found === TYPE_CNAME) {
      const alias = decodeName(message, start);
      if (alias !== null) names.add(alias.name);
    }
  }
  return records;
}

const HEADER = 12;
/** Type, class, time to live, length. */
const RECORD_HEAD = 10;
const RESPONSE = 0x8000;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
/** In a question: we understand it (RFC 6840 section 5.7). */
const AUTHENTIC = 0x0020;
const CODE = 0x000f;
const CLASS_IN = 1;
const TYPE_CNAME = 5;
/** EDNS (RFC 6891) with 1232 bytes, what passes everywhere without being fragmented (DNS flag day 2020). */
const EXTENSION = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
