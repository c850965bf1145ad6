import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import { inventory, select } from '../support.ts';

const SAMPLE = `defaults: { user: deploy, port: 22, vars: { tier: none } }
groups:
  web: { hosts: "web[01-20].example.com", user: www, vars: &v { tier: front, list: [1, 2.0, null, ~] } }
  db:
    hosts: [db1, 'db2', "db[3-4]!db3"]
    vars: *v
  eu: { groups: [web, db], identity: [~/.ssh/id, keys/a], jump: "bob@gate:22,inner" }
hosts:
  db1: { address: 10.0.0.5, port: 2200, vars: { role: primary, "0123": 0123 } }
  "solo[1-2]": # nothing
  WEB01.example.com:
    address: |-
      10.0.0.6
`;
const token = fc.constantFrom(
  ...Array.from('{}[]:,-?*&!|>\'"#%@`~ \n\t0aA.'),
  '\n  ',
  '\n    ',
  ': ',
  '- ',
  '? ',
  '&v ',
  '*v',
  '!!str ',
  '---\n',
  '...\n',
  '<<: ',
  '__proto__: ',
  'hosts: ',
  'groups: ',
  'vars: ',
  'null',
  '\u0000',
  '\u001b[31m',
  '\u{1F600}',
);
const edit = fc.tuple(
  fc.nat({ max: SAMPLE.length }),
  fc.nat({ max: 12 }),
  fc.array(token, { maxLength: 3 }),
);

async function readable(text: string): Promise<boolean> {
  try {
    const from = await inventory(text);
    await select({ all: true, inventory: from, allowEmpty: true });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toMatch(/[\n\r\u001b]/u);
    if (error.code === 'inventory') expect(error.message).toMatch(/^hosts\.yaml:\d+: /u);
    return false;
  }
}

describe('any text at all', () => {
  it('near an inventory is one, or is refused with file and line', async () => {
    expect(await readable(SAMPLE)).toBe(true);
    let good = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = SAMPLE;
        for (const [at, length, tokens] of edits) {
          text = text.slice(0, at) + tokens.join('') + text.slice(at + length);
        }
        if (await readable(text)) good += 1;
      }),
      { numRuns: 1000 },
    );
    // Else nothing but refusals would have been looked at.
    expect(good).toBeGreaterThan(0);
  });

  it('far from one too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 30 }), async (tokens) => {
        await readable(tokens.join(''));
      }),
      { numRuns: 1000 },
    );
  });
});
