import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startFleet, type Fleet } from '../fleet/sshd.ts';
import { background, type Background } from '../helpers/background.ts';
import { eventually } from '../helpers/eventually.ts';
import { environmentOf, processes, processInfo, signalProcess } from '../helpers/processes.ts';
import { said, type MusterResult } from '../helpers/run-muster.ts';

/** C13: one planted in each place where a secret is given, and looked for wherever none must be. */
const CANARIES = {
  login: 'canary-1a07 login',
  become: 'canary-2b18 become',
  passphrase: 'canary-3c29 phrase',
  variable: 'canary-4d30 variable',
};

let fleet: Fleet;
let bg: Background;
let host: string;
let audit: string;
beforeAll(async () => {
  fleet = await startFleet({ hosts: 1 });
  [host = ''] = fleet.addresses(1);
  bg = background();
  audit = join(bg.folder, 'audit');
});
afterAll(async () => {
  await bg.close();
  await fleet.stop();
});

/** Lines of what was searched that hold a canary, with the place. */
function found(place: string, text: string): readonly string[] {
  return Object.entries(CANARIES)
    .filter(([, secret]) => text.includes(secret))
    .map(([which]) => `${which} in ${place}`);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function foundInFiles(folder: string): readonly string[] {
  return filesBelow(folder).flatMap((file) => found(file, readFileSync(file, 'latin1')));
}

/** What the controller answers to each request that shows anything. */
function ask(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: bg.socket, path, method: 'GET' }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () => resolve(Buffer.concat(parts).toString('latin1')));
    });
    sent.once('error', reject).end();
  });
}

const PATHS = ['/v1/jobs', '/v1/jobs/1', '/v1/controller', '/v1/jobs/1/records?keep=true'];

function foundInProcesses(controller: number): readonly string[] {
  const listed = processes().flatMap(({ pid, args }) => found(`argv of ${pid}`, args.join(' ')));
  return [...listed, ...found('environ', environmentOf(controller).join('\n'))];
}

/** A key that is locked, and files to read the passwords from. */
function plant(): { readonly key: string; readonly passwords: readonly [string, string] } {
  const key = join(bg.folder, 'home', 'key');
  writeFileSync(key, readFileSync(fleet.userKey), { mode: 0o600 });
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', CANARIES.passphrase, '-f', key]);
  const login = join(fleet.folder, 'login');
  const become = join(fleet.folder, 'become');
  writeFileSync(login, `${CANARIES.login}\n`);
  writeFileSync(become, `${CANARIES.become}\n`);
  return { key, passwords: [login, become] };
}

describe('a durable job in the background with a secret of each kind', { timeout: 60_000 }, () => {
  test('C13: leaves none of them anywhere, also when its controller is killed and goes on', async () => {
    const { key, passwords } = plant();
    const [begun, enough] = [join(fleet.folder, 'begun'), join(fleet.folder, 'enough')];
    const env = {
      MUSTER_AUDIT: audit,
      PLANTED: CANARIES.variable,
      SSH_AUTH_SOCK: undefined,
    };
    const words = [
      'start --durable --prompt -vv -O json --become --become-pass-fd 4 --pass-fd 3 -e PLANTED',
      `-w ${host} -l ${fleet.user} -p ${fleet.port} --identity ${key}`,
      `--known-hosts ${fleet.knownHosts} --`,
    ].flatMap((part) => part.split(' '));
    words.push(`: >${begun}; until [ -e ${enough} ]; do sleep 0.05; done`);
    const through = ['sh', '-c', 'a=$0 b=$1; shift; exec "$@" 3<"$a" 4<"$b"', ...passwords];
    const results: MusterResult[] = [];
    const muster = async (args: readonly string[], more = {}): Promise<MusterResult> => {
      const result = await bg.muster(args, { env, ...more });
      results.push(result);
      return result;
    };
    const started = await muster(words, { through });
    expect(started.code, said(started)).toBe(0);
    const controller = async (): Promise<number> => (await bg.pid()) ?? 0;
    const first = await controller();
    const answer = async (): Promise<void> => {
      // Until it asks.
      expect((await muster(['wait', '1'])).code).toBe(5);
      const answered = await muster(['answer', '1'], { input: `${CANARIES.passphrase}\n` });
      expect(answered.code, said(answered)).toBe(0);
    };
    await answer();
    await eventually(() => existsSync(begun), { deadlineMs: 20_000 });
    expect((await muster(['receive', '1', '--keep'])).errorText).toContain('Handshake');
    expect(existsSync(join(bg.folder, 'state', 'muster', 'default.journal'))).toBe(true);

    const search = async (pid: number): Promise<readonly string[]> => [
      ...foundInFiles(bg.folder),
      ...foundInProcesses(pid),
      ...(await Promise.all(PATHS.map(async (path) => found(path, await ask(path))))).flat(),
      ...results.flatMap((one) => found('what was printed', `${one.text}${one.errorText}`)),
      ...found('known_hosts', readFileSync(fleet.knownHosts, 'latin1')),
    ];
    expect(await search(first)).toEqual([]);
    // It could be found: the value is where it was asked for, in the environment of the command.
    const command = processes().filter(({ args }) => args.join(' ').includes(enough));
    const withIt = command.filter(({ pid }) =>
      environmentOf(pid).includes(`PLANTED=${CANARIES.variable}`),
    );
    expect(withIt).not.toEqual([]);

    signalProcess(first, 'SIGKILL');
    await eventually(() => processInfo(first) === null);
    await muster(['controller', 'start']);
    const second = await controller();
    await answer();
    await muster(['jobs', '1', '-O', 'json']);
    expect(await search(second)).toEqual([]);
    writeFileSync(enough, '');
    expect((await muster(['wait', '1'])).code).toBe(0);
    const log = await muster(['audit', 'verify', audit]);
    expect(log.code, said(log)).toBe(0);
    expect(await search(second)).toEqual([]);

    // What the host keeps of it lies in the home of the user whom it became.
    await muster(['remove', '1']);
    await eventually(async () => {
      const { text } = await muster(['controller', 'status', '-O', 'json']);
      return text.includes('"forgetting":0');
    });
  });
});
