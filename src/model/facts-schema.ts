import { FACT_FIELDS, type FactField } from './fact-fields.ts';
import type { Json } from './json.ts';

/** JSON Schema (draft 2020-12) of `Facts`, as the package has it in `facts.schema.json`; each number says its unit. */
export function factsSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Facts',
    description: 'What muster facts tells of a host: amounts in bytes, times in seconds.',
    ...folder([...FACT_FIELDS.map(leaf), ...LISTS]),
  };
}

type Leaf = readonly [path: readonly string[], schema: Json];

/** An object of these; every one of them is always there. */
function folder(leaves: readonly Leaf[]): { readonly [name: string]: Json } {
  const properties: { [name: string]: Json } = {};
  for (const [[name = '', ...rest], schema] of leaves) {
    if (name in properties) continue;
    if (rest.length === 0) properties[name] = schema;
    else {
      const inside = leaves.filter(([path]) => path[0] === name);
      const object = folder(inside.map(([path, value]) => [path.slice(1), value]));
      properties[name] = OPTIONAL.has(name) ? { ...object, type: ['object', 'null'] } : object;
    }
  }
  const required = Object.keys(properties);
  return { type: 'object', properties, required, additionalProperties: false };
}

function leaf({ path, kind, help }: FactField): Leaf {
  const description = help;
  const type = NEVER_NULL.has(path) ? [TYPES[kind]] : [TYPES[kind], 'null'];
  const unit = kind === 'bytes' || kind === 'seconds' ? { unit: kind } : {};
  const items = kind === 'names' ? { items: { type: 'string' } } : {};
  const format = kind === 'moment' ? { format: 'date-time' } : {};
  return [path.split('.'), { type, description, ...unit, ...items, ...format }];
}

const TYPES: Readonly<Record<FactField['kind'], string>> = {
  text: 'string',
  count: 'integer',
  number: 'number',
  bytes: 'integer',
  seconds: 'number',
  moment: 'string',
  boolean: 'boolean',
  names: 'array',
};
const NEVER_NULL: ReadonlySet<string> = new Set(['os.family', 'users']);
/** Objects that may be null as a whole. */
const OPTIONAL: ReadonlySet<string> = new Set(['load']);

const AMOUNT = { type: 'integer', unit: 'bytes' };
const TEXT = { type: 'string' };
const LISTS: readonly Leaf[] = [
  [
    ['disks'],
    list('file systems that are backed by something; each source once', {
      mount: TEXT,
      source: TEXT,
      type: { type: ['string', 'null'] },
      total: AMOUNT,
      used: AMOUNT,
      free: { ...AMOUNT, description: 'for who is not root' },
      usedPercent: { type: 'integer', unit: 'percent' },
    }),
  ],
  [
    ['addresses'],
    list('of its network interfaces', {
      interface: TEXT,
      address: TEXT,
      family: { enum: ['ipv4', 'ipv6'] },
      prefix: { type: ['integer', 'null'], unit: 'bits' },
    }),
  ],
];

function list(description: string, properties: { readonly [name: string]: Json }): Json {
  const required = Object.keys(properties);
  const items = { type: 'object', properties, required, additionalProperties: false };
  return { type: 'array', description, items };
}
