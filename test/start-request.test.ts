import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { userAccess } from '../src/model/access.ts';
import { definitionOf, type StartRequest } from '../src/start-request.ts';
import type { Target } from '../src/model/target.ts';
import { temporaryFolder } from './setup/run-folder.ts';

let folder: string;
beforeAll(() => {
  folder = temporaryFolder('request');
  writeFileSync(join(folder, 'config'), 'Host web1\n Port 2022\n ConnectTimeout 3\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function target(request: Partial<StartRequest>): Promise<Target | undefined> {
  const access = userAccess({ home: folder, agent: null });
  const asked = { hosts: 'web1', command: 'true', ...request };
  return (await definitionOf(asked, access)).targets[0];
}

describe('a request of a program', () => {
  test('asks no ssh_config, unless it says so', async () => {
    const found = await target({});
    expect(found).toMatchObject({ port: 22 });
    expect(found).not.toHaveProperty('ssh');
  });

  test('asks the file that it names, and says itself what counts more', async () => {
    const sshConfig = join(folder, 'config');
    expect(await target({ sshConfig })).toMatchObject({
      port: 2022,
      ssh: { connectTimeoutMs: 3000 },
    });
    expect((await target({ sshConfig, port: 4 }))?.port).toBe(4);
    const missing = target({ sshConfig: join(folder, 'missing') });
    await expect(missing).rejects.toMatchObject({ code: 'ssh-config' });
  });
});
