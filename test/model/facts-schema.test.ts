import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { FACT_FIELDS } from '../../src/model/fact-fields.ts';
import type { Facts } from '../../src/model/facts.ts';
import { factsSchema } from '../../src/model/facts-schema.ts';

/** Of a host that tells next to nothing. */
const LEAST: Facts = {
  os: { id: null, name: null, version: null, codename: null, family: 'linux' },
  kernel: { release: null, version: null },
  architecture: null,
  hostname: null,
  cpu: { count: null, model: null },
  memory: { total: null, used: null, free: null },
  swap: { total: null, used: null, free: null },
  disks: [],
  addresses: [],
  uptime: null,
  load: null,
  users: [],
  time: { now: null, offset: null, utcOffset: null },
  packages: { manager: null, updates: null, securityUpdates: null },
  rebootRequired: null,
  services: { manager: null, failed: null },
  virtualization: null,
  hardware: { vendor: null, model: null, serial: null },
};
const MOST: Facts = {
  ...LEAST,
  load: { one: 0.5, five: 0.25, fifteen: 0 },
  disks: [
    { mount: '/', source: '/dev/vda1', type: null, total: 3, used: 1, free: 1, usedPercent: 50 },
  ],
  addresses: [{ interface: 'eth0', address: '10.0.0.1', family: 'ipv4', prefix: 24 }],
  users: ['ann'],
  services: { manager: 'systemd', failed: ['cron.service'] },
  rebootRequired: true,
};

function validator(): ValidateFunction {
  const ajv = new Ajv2020({ validateFormats: false });
  ajv.addKeyword('unit');
  return ajv.compile(Object(factsSchema()));
}

describe('the schema of facts', () => {
  test.each([LEAST, MOST])('takes what facts are', (facts) => {
    const validate = validator();
    expect([validate(facts), validate.errors]).toEqual([true, null]);
  });

  test.each<[string, object]>([
    ['a fact that is missing', { ...LEAST, uptime: undefined }],
    ['one that is unknown', { ...LEAST, colour: 'red' }],
    ['text where a number is', { ...LEAST, swap: { total: '1 GB', used: null, free: null } }],
    ['half of the load', { ...MOST, load: { one: 1, five: 1 } }],
    ['a disk without a size', { ...MOST, disks: [{ ...MOST.disks[0], total: null }] }],
  ])('refuses %s', (_, facts) => {
    expect(validator()(JSON.parse(JSON.stringify(facts)))).toBe(false);
  });

  test('knows every field, each once, and says its unit', () => {
    const schema = JSON.stringify(factsSchema());
    for (const { path, help } of FACT_FIELDS)
      expect(schema.split(JSON.stringify(help)), path).toHaveLength(2);
    expect(new Set(FACT_FIELDS.map(({ path }) => path)).size).toBe(FACT_FIELDS.length);
    expect(schema.match(/"unit":"bytes"/gu)).toHaveLength(9);
  });
});
