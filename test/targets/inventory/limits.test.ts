import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadInventory } from '../../../src/targets/inventory/load.ts';
import { inventory, refusal } from '../support.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-limits-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Processor time, for what else runs on this machine must not decide. */
async function quickly(action: () => Promise<string>, milliseconds: number): Promise<string> {
  const before = process.cpuUsage();
  const result = await action();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(milliseconds);
  return result;
}

async function message(text: string): Promise<string> {
  return (await refusal(() => inventory(text))).message;
}

describe('F55: an inventory made to exhaust us is refused within a second, with limit and line', () => {
  it('an alias bomb', async () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const inner = level === 0 ? 'x' : `*l${String(level - 1)}`;
      return `    l${String(level)}: &l${String(level)} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
    });
    const text = ['defaults:', '  vars:', ...levels].join('\n');
    const refused = await quickly(() => message(text), 1000);
    expect(refused).toMatch(
      /^hosts\.yaml:\d+: alias bomb: more than 5000000 values, with what aliases repeat$/u,
    );
  });

  it('aliases in a tower', async () => {
    const levels = Array.from({ length: 200 }, (_, level) => {
      const inner = level === 0 ? 'x' : `*l${String(level - 1)}`;
      return `    l${String(level)}: &l${String(level)} [${inner}]`;
    });
    const text = ['defaults:', '  vars:', ...levels].join('\n');
    expect(await quickly(() => message(text), 1000)).toBe(
      'hosts.yaml:52: nested more than 50 deep',
    );
  });

  it.each(['[', '{a: ', '- '])('deep nesting: %s', async (open) => {
    const refused = await quickly(() => message(`hosts:\n  ${open.repeat(200_000)}`), 1000);
    expect(refused).toMatch(/^hosts\.yaml:2: is not YAML: nesting exceeded maxDepth \(50\)$/u);
  });

  it('a long value', async () => {
    const refused = await quickly(
      () => message(`hosts:\n  db1: {user: ${'x'.repeat(5_000_000)}}`),
      1000,
    );
    expect(refused).toBe('hosts.yaml:2: a value of more than 1048576 characters');
  });

  it('very many values', async () => {
    const refused = await quickly(
      () => message(`defaults:\n  vars:\n    x: [${'a,'.repeat(4_000_000)}]`),
      1000,
    );
    expect(refused).toBe('hosts.yaml:3: more than 3000000 values');
  });

  it('a range without end', async () => {
    const refused = await quickly(
      () => message('groups:\n  web: { hosts: "n[1-99999999]" }'),
      1000,
    );
    expect(refused).toBe(
      'hosts.yaml:2: groups.web.hosts: "n[1-99999999]" is 99999999 hosts, more than the 1000000 that are allowed',
    );
    expect(await quickly(() => message('hosts: ["n[1-99999999]"]'), 1000)).toBe(
      'hosts.yaml:1: hosts: "n[1-99999999]" is more than 1000000 hosts',
    );
  });

  it('many groups of many hosts', async () => {
    const rows = Array.from(
      { length: 2000 },
      (_, index) => `  g${String(index)}: { hosts: "n[1-90000]" }`,
    );
    const refused = await refusal(() => inventory(['groups:', ...rows].join('\n')));
    expect(refused.message).toContain('far more hosts than are allowed');
  });

  it('a file of 50 MB, in less than 100 MB of memory', async () => {
    const file = join(folder, 'large.yaml');
    await writeFile(file, 'hosts:\n  db1: { user: "');
    await truncate(file, 50 * 1024 * 1024);
    const before = process.memoryUsage.rss();
    const refused = await quickly(
      async () => (await refusal(() => loadInventory(file))).message,
      1000,
    );
    expect(refused).toBe(`${file}: is larger than the 32 MiB that an inventory may be`);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe('a file that cannot be an inventory is refused', () => {
  it('that is not there', async () => {
    const file = join(folder, 'none.yaml');
    expect((await refusal(() => loadInventory(file))).message).toBe(
      `${file}: there is no such file`,
    );
  });

  it('that is a folder', async () => {
    const refused = await refusal(() => loadInventory(folder));
    expect(refused.message).toBe(`${folder}: is a folder, not a file`);
  });

  it('that is not text', async () => {
    const file = join(folder, 'latin1.yaml');
    await writeFile(file, Buffer.from('hosts: [r\u00fcdi]', 'latin1'));
    expect((await refusal(() => loadInventory(file))).message).toBe(
      `${file}: is not text in UTF-8`,
    );
  });

  it('but one that comes through a pipe is read to its end', async () => {
    const pipe = join(folder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const text = `hosts: [${Array.from({ length: 20_000 }, (_, index) => `web${String(index)}`).join(', ')}]`;
    const [loaded] = await Promise.all([loadInventory(pipe), writeFile(pipe, text)]);
    expect(loaded.hostCount).toBe(20_000);
  });

  it('and one with a byte-order mark is read without it', async () => {
    const file = join(folder, 'mark.yaml');
    await writeFile(file, '\uFEFFhosts: [web1]');
    expect((await loadInventory(file)).hostCount).toBe(1);
  });
});
