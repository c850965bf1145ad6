import fc from 'fast-check';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { servicePaths } from '../../src/service/paths.ts';

const BASE = { xdgRuntimeDir: '/run/user/7', stateDir: '/home/me/.local/state/muster' };

describe('where a controller lives', () => {
  test('its socket and lock are below the runtime directory, its log with the state', () => {
    expect(servicePaths({ ...BASE, instance: 'default' })).toEqual({
      instance: 'default',
      folder: '/run/user/7/muster',
      socket: '/run/user/7/muster/default.sock',
      lock: '/run/user/7/muster/default.lock',
      journal: '/home/me/.local/state/muster/default.journal',
      log: '/home/me/.local/state/muster/default.log',
    });
  });

  test('without a runtime directory everything is in the state directory', () => {
    const paths = servicePaths({ ...BASE, xdgRuntimeDir: null, instance: 'ci' });
    expect(paths.folder).toBe(BASE.stateDir);
    expect(paths.socket).toBe(join(BASE.stateDir, 'ci.sock'));
  });

  test.each(['', 'a/b', '../x', '/', 'a b', 'ä', 'a\n', 'x'.repeat(33), 'a\u0000'])(
    'the name %j is refused',
    (instance) => {
      expect(codeOf(() => servicePaths({ ...BASE, instance }))).toBe('usage');
    },
  );

  test('a socket path of 100 bytes is taken and one of 101 refused, counted in bytes', () => {
    const room = 100 - '/muster/default.sock'.length;
    const fits = `/${'é'.repeat((room - 1) / 2)}${(room - 1) % 2 === 1 ? 'x' : ''}`;
    expect(Buffer.byteLength(fits)).toBe(room);
    const at = (xdgRuntimeDir: string) => () =>
      servicePaths({ ...BASE, xdgRuntimeDir, instance: 'default' });
    expect(Buffer.byteLength(at(fits)().socket)).toBe(100);
    expect(codeOf(at(`${fits}x`))).toBe('service');
    expect(at(`${fits}x`)).toThrow(/101 bytes; 100 at most/u);
  });

  test('no name leads out of the folder, and two names never share a file', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,32}$/u);
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other);
        const files = [one, other].flatMap((instance) => {
          const { folder, socket, lock } = servicePaths({ ...BASE, instance });
          for (const file of [socket, lock]) expect(join(file, '..')).toBe(folder);
          return [socket, lock];
        });
        expect(new Set(files).size).toBe(4);
      }),
    );
  });
});

function codeOf(task: () => unknown): string | null {
  try {
    task();
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error.code;
    throw error;
  }
}
