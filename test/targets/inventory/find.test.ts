import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findInventory } from '../../../src/targets/inventory/find.ts';
import { loadInventory } from '../../../src/targets/inventory/load.ts';
import { trustFault } from '../../../src/targets/inventory/read-file.ts';
import { refusal } from '../support.ts';

let folder = '';
const uid = process.getuid?.() ?? 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-find-'));
  await mkdir(join(folder, 'here'));
  await mkdir(join(folder, 'config', 'muster'), { recursive: true });
  await mkdir(join(folder, 'home', '.config', 'muster'), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(...path: string[]): Promise<string> {
  const file = join(folder, ...path);
  await writeFile(file, 'hosts: [web1]\n', { mode: 0o644 });
  return file;
}

function search(explicit: string | null, env: Record<string, string> = {}): unknown {
  const home = join(folder, 'home');
  return findInventory({ explicit, env, cwd: join(folder, 'here'), home });
}

describe('the inventory is looked for', () => {
  it('where -i says, then $MUSTER_INVENTORY, ./hosts.yaml, $XDG_CONFIG_HOME, ~/.config', async () => {
    const env = { MUSTER_INVENTORY: 'x.yaml', XDG_CONFIG_HOME: join(folder, 'config') };
    const { MUSTER_INVENTORY: _, ...without } = env;
    expect(search(null, without)).toBeNull();
    const home = await write('home', '.config', 'muster', 'hosts.yaml');
    expect(search(null)).toEqual({ path: home, byChance: false });
    expect(search(null, without)).toBeNull();
    const config = await write('config', 'muster', 'hosts.yaml');
    expect(search(null, without)).toEqual({ path: config, byChance: false });
    const here = await write('here', 'hosts.yaml');
    expect(search(null, without)).toEqual({ path: here, byChance: true });
    expect(search(null, env)).toEqual({ path: 'x.yaml', byChance: false });
    expect(search('y.yaml', env)).toEqual({ path: 'y.yaml', byChance: false });
  });

  it('past a variable that is empty or, of XDG, relative', async () => {
    const home = await write('home', '.config', 'muster', 'hosts.yaml');
    expect(search(null, { MUSTER_INVENTORY: '', XDG_CONFIG_HOME: 'config' })).toEqual({
      path: home,
      byChance: false,
    });
  });
});

describe('an inventory that only lay there is judged', () => {
  async function load(file: string): Promise<string> {
    return (await refusal(() => loadInventory(file, { byChance: true, uid }))).message;
  }

  it('where others can write it', async () => {
    const file = await write('here', 'hosts.yaml');
    await chmod(file, 0o666);
    expect(await load(file)).toBe(`${file}: can be written by others`);
  });

  it('where others can write its folder', async () => {
    const file = await write('here', 'hosts.yaml');
    await chmod(join(folder, 'here'), 0o1777);
    expect(await load(file)).toBe(`${file}: its folder can be written by others`);
  });

  it.each([
    ['of others', { uid: 1000, gid: 1000, mode: 0o100666 }, 'can be written by others'],
    ['of a group of several', { uid: 1000, gid: 50, mode: 0o100664 }, 'can be written by others'],
    ['of the group that is the user alone', { uid: 1000, gid: 1000, mode: 0o100664 }, null],
    ['of nobody else', { uid: 1000, gid: 50, mode: 0o100644 }, null],
    ['of root', { uid: 0, gid: 0, mode: 0o100644 }, null],
    ['of another user', { uid: 1001, gid: 50, mode: 0o100600 }, 'is owned by neither you nor root'],
  ])('where it is within reach %s', (_, info, fault) => {
    expect(trustFault(info, 1000)).toBe(fault);
  });

  it('where it belongs to somebody else', async () => {
    const file = await write('here', 'hosts.yaml');
    const other = { byChance: true, uid: uid + 1 };
    const isRoot = uid === 0;
    // A file of root's is everybody's to use: so it is given away, or looked at by another user.
    if (isRoot) await chown(file, 12_345, 12_345);
    const refused = await refusal(() =>
      loadInventory(file, isRoot ? { byChance: true, uid } : other),
    );
    expect(refused.message).toBe(`${file}: is owned by neither you nor root`);
    expect(refused.hint).toBe('to use it all the same, name it: -i ./hosts.yaml');
  });

  it('where it is a link to a file that others can write', async () => {
    const real = await write('config', 'real.yaml');
    await chmod(real, 0o666);
    const link = join(folder, 'here', 'hosts.yaml');
    await symlink(real, link);
    expect(await load(link)).toBe(`${link}: can be written by others`);
  });

  it('where it is a link into a folder that others can write', async () => {
    const real = await write('config', 'real.yaml');
    await chmod(join(folder, 'config'), 0o777);
    const link = join(folder, 'here', 'hosts.yaml');
    await symlink(real, link);
    expect(await load(link)).toBe(`${link}: its folder can be written by others`);
  });

  it('but is where nobody else could have put it there', async () => {
    const file = await write('here', 'hosts.yaml');
    expect((await loadInventory(file, { byChance: true, uid })).hostCount).toBe(1);
  });

  it('and what is named is used whoever can write it', async () => {
    const file = await write('here', 'hosts.yaml');
    await chmod(file, 0o666);
    expect((await loadInventory(file, { byChance: false, uid })).hostCount).toBe(1);
  });
});
