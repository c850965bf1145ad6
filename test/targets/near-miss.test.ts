import { describe, expect, it } from 'vitest';
import { nearMiss } from '../../src/targets/near-miss.ts';

describe('the name that was probably meant', () => {
  it.each([
    ['gpuu', ['cpu', 'gpu'], 'gpu'],
    ['wbe', ['db', 'web'], 'web'],
    ['wbe1', ['web1', 'web2'], 'web1'],
    ['prot', ['port', 'user'], 'port'],
    ['wbe*', ['db1', 'web01.example.com'], 'web01.example.com'],
  ])('%s', (sought, candidates, meant) => {
    expect(nearMiss(sought, candidates)).toBe(meant);
  });

  it('is nobody where nothing is near', () => {
    expect(nearMiss('storage', ['web', 'db'])).toBeNull();
    expect(nearMiss('x', [])).toBeNull();
  });

  it('is found among 100,000 without looking at more', () => {
    const many = function* (): Generator<string> {
      for (let index = 0; index < 100_000; index += 1) yield `node${String(index)}`;
      throw new Error('looked too far');
    };
    expect(nearMiss('noed77777', many())).toBe('node77777');
  });
});
