import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/cli/environment.ts';
import { memoryFrom } from '../../src/cli/memory.ts';
import { parse } from '../helpers/parse.ts';
import { canHaveController, pathsFrom, settingsFrom } from '../../src/cli/service-client.ts';
import type { Values } from '../../src/cli/values.ts';
import { SERVICE_DEFAULTS } from '../../src/service/service.ts';

describe('where the controller is', () => {
  test('in the runtime directory, else in the state directory, under its name', () => {
    const runtime = { HOME: '/home/me', XDG_RUNTIME_DIR: '/run/user/7' };
    expect(socket(runtime)).toBe('/run/user/7/muster/default.sock');
    expect(socket({ HOME: '/home/me' })).toBe('/home/me/.local/state/muster/default.sock');
    expect(socket({ HOME: '/home/me', XDG_STATE_HOME: '/var/state' }, '--instance', 'two')).toBe(
      '/var/state/muster/two.sock',
    );
  });

  test('a relative folder is no folder', () => {
    const relative = { HOME: '/home/me', XDG_RUNTIME_DIR: 'run', XDG_STATE_HOME: 'state' };
    expect(socket(relative)).toBe('/home/me/.local/state/muster/default.sock');
  });

  test('is nowhere where the path is too long for a socket; a wrong name is a mistake', () => {
    const environment = readEnvironment({ HOME: `/${'h'.repeat(120)}` }, '/');
    expect(canHaveController(values(), environment)).toBe(false);
    expect(canHaveController(values(), readEnvironment({ HOME: '/home/me' }, '/'))).toBe(true);
    expect(() => canHaveController(values('--instance', '../x'), environment)).toThrow(
      /cannot name/u,
    );
  });
});

describe('how a controller is set up', () => {
  test('as by default, where nothing is said', () => {
    expect(settingsFrom(values())).toEqual(SERVICE_DEFAULTS);
  });

  test('in seconds and numbers of connections', () => {
    const given = values('--persist', '0.5', '--pool', '2, 30', '--idle', '7', '--memory=32m');
    expect(settingsFrom(given)).toEqual({
      keepMs: 500,
      pool: { min: 2, max: 30 },
      idleMs: 7000,
      memoryBytes: 32 * 1024 ** 2,
    });
    expect(settingsFrom(values('--persist', '0')).keepMs).toBe(0);
  });

  test.each(['5', '9,3', '1,2,3', 'a,b', '0,0', ',', '-1,5'])('--pool=%s is refused', (text) => {
    expect(() => settingsFrom(values(`--pool=${text}`))).toThrow(/--pool/u);
  });
});

describe('--memory', () => {
  test.each([
    ['1048576', 1024 ** 2],
    ['1024K', 1024 ** 2],
    ['4G', 4 * 1024 ** 3],
  ])('%s is a size', (text, bytes) => {
    expect(memoryFrom(values(`--memory=${text}`))).toBe(bytes);
  });

  test.each(['1M,fail', '1T', '1.5G', '-1M', '512K', '99999999999G', 'much'])(
    '%s is refused',
    (text) => {
      expect(() => memoryFrom(values(`--memory=${text}`))).toThrow(/--memory: .* is no number/u);
    },
  );
});

function socket(variables: Readonly<Record<string, string>>, ...args: readonly string[]): string {
  return pathsFrom(values(...args), readEnvironment(variables, '/')).socket;
}

function values(...args: readonly string[]): Values {
  return parse('controller', args).values;
}
