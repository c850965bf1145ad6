import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/model/errors.ts';
import { expandNodeSet } from '../../../src/targets/nodeset/expand.ts';
import { foldNodeSet } from '../../../src/targets/nodeset/fold.ts';

const piece = fc.oneof(
  fc.constantFrom('n', 'web', '-', '.', '_', 'x', 'A', '%', 's'),
  fc.integer({ min: 0, max: 12 }).map(String),
  fc.constantFrom('00', '01', '02', '09', '10', '099', '100', '99999999999999999999'),
);
const name = fc
  .array(piece, { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join(''))
  .filter((text) => !text.startsWith('-'));
const whole = fc.constantFrom('::1', 'fe80::1%eth0', '[::1]:22', 'web1:22', 'bob@web2:2201');
const someNames = fc.uniqueArray(fc.oneof({ weight: 9, arbitrary: name }, whole), {
  minLength: 1,
  maxLength: 40,
});
/** Ragged products: names of two numbers out of a small field, as racks with holes have them. */
const ragged = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 11 })),
  { selector: String, minLength: 1, maxLength: 80 },
);

function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}

describe('folding', () => {
  it('is undone by expanding', () => {
    fc.assert(
      fc.property(someNames, (names) => {
        expect(sorted(expandNodeSet(foldNodeSet(names)))).toEqual(sorted(names));
      }),
      { numRuns: 500 },
    );
  });

  it('is undone by expanding where there are several numbers with holes', () => {
    fc.assert(
      fc.property(ragged, (places) => {
        const names = places.map(([rack, slot]) => `r${String(rack)}n${String(slot)}`);
        expect(sorted(expandNodeSet(foldNodeSet(names)))).toEqual(sorted(names));
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order of the names, nor on repetitions', () => {
    fc.assert(
      fc.property(someNames, (names) => {
        const again = [...names.toReversed(), ...names];
        expect(foldNodeSet(again)).toBe(foldNodeSet(names));
      }),
    );
  });
});

describe('operators obey the laws of sets', () => {
  const pair = fc.tuple(someNames, someNames).map(([a, b]) => ({
    a: new Set(a),
    b: new Set(b),
    left: `(${a.join(',')})`,
    right: `(${b.join(',')})`,
  }));

  it('union', () => {
    fc.assert(
      fc.property(pair, ({ a, b, left, right }) => {
        expect(sorted(expandNodeSet(`${left},${right}`))).toEqual(sorted(new Set([...a, ...b])));
      }),
    );
  });

  it('intersection', () => {
    fc.assert(
      fc.property(pair, ({ a, b, left, right }) => {
        const both = [...a].filter((one) => b.has(one));
        expect(sorted(expandNodeSet(`${left}&${right}`))).toEqual(sorted(both));
      }),
    );
  });

  it('symmetric difference', () => {
    fc.assert(
      fc.property(pair, ({ a, b, left, right }) => {
        const one = [...a].filter((name) => !b.has(name));
        const other = [...b].filter((name) => !a.has(name));
        expect(sorted(expandNodeSet(`${left}^${right}`))).toEqual(sorted([...one, ...other]));
      }),
    );
  });

  it('difference, of what is there', () => {
    fc.assert(
      fc.property(fc.subarray(['a1', 'a2', 'b', 'c3x', 'd'], { minLength: 1 }), (gone) => {
        const all = ['a1', 'a2', 'b', 'c3x', 'd', 'e'];
        const left = all.filter((one) => !gone.includes(one));
        expect(expandNodeSet(`${all.join(',')}!(${gone.join(',')})`)).toEqual(left);
      }),
    );
  });
});

describe('any text at all', () => {
  const alphabet = Array.from('abn019[]-,/!&^()@*?:%._"\' 	').concat(
    '[1-3]',
    '[01-10/2]',
    '-/',
    '^f',
  );
  const text = fc.oneof(
    fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );

  it('is expanded within the bound, or refused with one clear line', () => {
    fc.assert(
      fc.property(text, (input) => {
        try {
          const found = expandNodeSet(input, { maxHosts: 1000, hosts: ['a1', 'b2'] });
          expect(found.length).toBeLessThanOrEqual(1000);
          for (const name of found) expect(name).not.toMatch(/^-|[\s,;&|<>"'`$\\]/u);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          if (error instanceof ConfigError) expect(error.message).not.toMatch(/[\n\r\u001b]/u);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
