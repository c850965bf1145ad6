/** JSON Schema (2020-12), as far as we use it: plain data, for ajv and for the OpenAPI document alike. */
export type Schema = Readonly<Record<string, unknown>>;

/** An object whose shape is ours: every property is required unless it is among `optional`, and there are no others. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

export function list(items: Schema, limits: Schema = {}): Schema {
  return { type: 'array', items, ...limits };
}

/** One of the types, or null. */
export function nullable(schema: Schema): Schema {
  const { type } = schema;
  return typeof type === 'string' && !('enum' in schema)
    ? { ...schema, type: [type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

export function described(schema: Schema, description: string): Schema {
  return { ...schema, description };
}

export function oneOf(values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

/** A shared schema, by the name under which the server knows it. */
export function ref(name: string): Schema {
  return { $ref: `${name}#` };
}

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const id: Schema = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
export const whole: Schema = { type: 'integer', minimum: 0 };
export const amount: Schema = { type: 'number', minimum: 0 };
/** Wall time: ISO 8601, UTC, with milliseconds. */
export const time: Schema = {
  type: 'string',
  format: 'date-time',
  pattern: '\\.[0-9]{3}Z$',
  description: 'ISO 8601, UTC, with milliseconds',
};
/** Wall time as a number. */
export const milliseconds: Schema = {
  type: 'number',
  description: 'milliseconds since the epoch',
};
export const uuid: Schema = {
  type: 'string',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
};
/** Any JSON object. */
export const anyObject: Schema = { type: 'object', additionalProperties: true };
