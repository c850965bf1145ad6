import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/model/errors.ts';
import { servicePaths } from '../../src/service/paths.ts';
import { checkFolder, secureFolder } from '../../src/service/secure-folder.ts';
import type { ServicePaths } from '../../src/service/service.ts';
import { temporaryFolder } from '../setup/run-folder.ts';

let base: string;
let paths: ServicePaths;

beforeEach(() => {
  base = temporaryFolder('secure');
  paths = servicePaths({
    xdgRuntimeDir: join(base, 'run'),
    stateDir: join(base, 'state', 'muster'),
    instance: 'default',
  });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("the controller's folder", () => {
  test('is made 0700, whatever the mask', () => {
    const before = process.umask(0);
    try {
      secureFolder(paths);
    } finally {
      process.umask(before);
    }
    expect(modeOf(paths.folder)).toBe(0o700);
    expect(modeOf(join(base, 'state', 'muster'))).toBe(0o700);
    secureFolder(paths);
  });

  test('is not made by a client that only looks', () => {
    expect(checkFolder(paths)).toBe(false);
    secureFolder(paths);
    expect(checkFolder(paths)).toBe(true);
  });

  test.each([0o701, 0o710, 0o750, 0o755, 0o777, 0o1777])('is refused with mode %o', (mode) => {
    mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    chmodSync(paths.folder, mode);
    for (const look of [secureFolder, checkFolder]) {
      const error = refusalOf(() => look(paths));
      expect(error.code).toBe('service');
      expect(error.message).toContain(paths.folder);
      expect(error.message).toContain('is open to others');
      expect(error.hint).toBe(`chmod 700 ${paths.folder}`);
    }
  });

  test('is refused where it is a link, even to a folder of ours', () => {
    const real = join(base, 'real');
    mkdirSync(real, { mode: 0o700 });
    mkdirSync(join(base, 'run'), { mode: 0o700 });
    symlinkSync(real, paths.folder);
    expect(refusalOf(() => secureFolder(paths)).message).toContain('is a link');
    expect(refusalOf(() => checkFolder(paths)).message).toContain('is a link');
  });

  test('is refused where it is a file', () => {
    mkdirSync(join(base, 'run'), { mode: 0o700 });
    writeFileSync(paths.folder, '');
    expect(refusalOf(() => secureFolder(paths)).message).toContain('is not a folder');
  });

  test.each([
    { mode: 0o770, who: 'its group' },
    { mode: 0o702, who: 'anybody' },
    { mode: 0o777, who: 'anybody' },
  ])('is refused below a folder of mode $mode, writable by $who', ({ mode, who }) => {
    mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    chmodSync(join(base, 'run'), mode);
    const error = refusalOf(() => secureFolder(paths));
    expect(error.message).toContain(join(base, 'run'));
    expect(error.message).toContain(`may be written to by ${who}`);
  });

  test('is taken below a folder like /tmp, where only owners rename', () => {
    mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
    chmodSync(join(base, 'run'), 0o1777);
    expect(() => secureFolder(paths)).not.toThrow();
  });

  test('is refused where a link above leads through a folder that others may write to', () => {
    const open = join(base, 'open');
    mkdirSync(join(open, 'inner', 'muster'), { recursive: true, mode: 0o700 });
    chmodSync(open, 0o777);
    symlinkSync(join(open, 'inner'), join(base, 'run'));
    expect(refusalOf(() => secureFolder(paths)).message).toContain(`${open}, which`);
  });

  test('that cannot be made says so', () => {
    writeFileSync(join(base, 'run'), 'not a folder');
    const error = refusalOf(() => secureFolder(paths));
    expect(error.code).toBe('service');
    expect(error.message).toMatch(/cannot be (?:made|looked at) \((?:ENOTDIR|EEXIST)\)/u);
  });

  // Only root can make a folder somebody else's; for others such a folder is one of root's.
  test("is refused where it, or one above, is another user's", () => {
    if (process.getuid?.() === 0) {
      mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
      chownSync(paths.folder, 12_345, 12_345);
      expect(refusalOf(() => secureFolder(paths)).message).toContain('another user (12345)');
      chownSync(paths.folder, 0, 0);
      chownSync(join(base, 'run'), 12_345, 12_345);
      expect(refusalOf(() => secureFolder(paths)).message).toContain(`${join(base, 'run')}, which`);
    } else {
      const foreign = servicePaths({ xdgRuntimeDir: '/', stateDir: '/root', instance: 'x' });
      expect(() => secureFolder({ ...foreign, folder: '/usr' })).toThrow('another user (0)');
    }
  });
});

function refusalOf(task: () => unknown): ConfigError {
  try {
    task();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}
