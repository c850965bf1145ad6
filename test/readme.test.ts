import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FACT_FIELDS, type FactKind } from '../src/model/fact-fields.ts';
import { FAILURE_PHASES } from '../src/model/failure.ts';
import { optionLabel, type OptionSpec } from '../src/cli/options/spec.ts';
import { ALL_OPTIONS } from '../src/cli/options/table.ts';
import { SHORT } from '../src/presenters/facts-table.ts';
import { startFleet, type Fleet } from './fleet/sshd.ts';
import { requireTypes } from './setup/build.ts';
import { temporaryFolder } from './setup/run-folder.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

describe('the README', () => {
  test('lists every option as it is declared', () => {
    const [, table = ''] = /<!-- options -->\n([\s\S]*?)<!-- \/options -->/u.exec(readme) ?? [];
    expect(table.trim()).toBe(optionTable(ALL_OPTIONS));
  });

  test('lists every fact as it is declared', () => {
    const [, table = ''] = /<!-- facts -->\n([\s\S]*?)<!-- \/facts -->/u.exec(readme) ?? [];
    const units = new Map<FactKind, string>([
      ['bytes', ', in bytes'],
      ['seconds', ', in seconds'],
    ]);
    const rows = FACT_FIELDS.map(
      ({ path, help, kind }) => `| \`${path}\` | ${help}${units.get(kind) ?? ''} |`,
    );
    const short = SHORT.map(({ path, help }) => `| \`${path}\` | ${help} |`);
    expect(table.trim().split('\n').slice(2)).toEqual([...rows, ...short]);
  });

  test('names no failure code that does not exist, nor one in another phase', () => {
    const rows = readme.matchAll(/^\| (\w+) \| ((?:`[a-z-]+` ?)+)\|$/gmu);
    for (const [, phase, codes = ''] of rows) {
      for (const [, code = ''] of codes.matchAll(/`([a-z-]+)`/gu)) {
        expect(FAILURE_PHASES, code).toHaveProperty(code, phase);
      }
    }
  });

  test('names only files and rooms that are there', () => {
    const named = readme.matchAll(/`((?:src|bin|test)\/[\w./-]+)`/gu);
    for (const [, path = ''] of named) {
      expect(() => readFileSync(join(root, path)), path).not.toThrow(/ENOENT/u);
    }
  });
});

describe("the README's example of the library", () => {
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    requireTypes();
    fleet = await startFleet();
    folder = temporaryFolder('readme');
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'muster-ssh'));
    mkdirSync(join(folder, '.ssh'), { mode: 0o700 });
    writeFileSync(join(folder, '.ssh', 'known_hosts'), readFileSync(fleet.knownHosts));
    writeFileSync(join(folder, 'hosts.yaml'), inventory(fleet));
    const [, source = ''] = /```ts\n([\s\S]*?)```/u.exec(readme) ?? [];
    writeFileSync(join(folder, 'example.mts'), source);
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await fleet.stop();
  });

  test('compiles', () => {
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    execFileSync(tsc, [...options, ...types, 'example.mts'], { cwd: folder, encoding: 'utf8' });
  });

  test('prints what it says it prints', () => {
    const tsx = join(root, 'node_modules', '.bin', 'tsx');
    const env = { PATH: process.env['PATH'], HOME: folder };
    const printed = execFileSync(tsx, ['example.mts'], { cwd: folder, env, encoding: 'utf8' });
    const [, expected = ''] = /```ts\n[\s\S]*?```\n\n```console\n([\s\S]*?)```/u.exec(readme) ?? [];
    const lines = (text: string): readonly string[] => text.trim().split('\n').sort();
    expect(lines(printed)).toEqual(lines(expected));
  });
});

function inventory(fleet: Fleet): string {
  const [web1 = '', web2 = '', db1 = ''] = fleet.addresses(3);
  return [
    `defaults: { user: ${fleet.user}, port: ${fleet.port}, identity: ${fleet.userKey} }`,
    'groups: { web: { hosts: [web01, web02] } }',
    'hosts:',
    `  web01: { address: ${web1} }`,
    `  web02: { address: ${web2} }`,
    `  db1: { address: ${db1} }`,
    '',
  ].join('\n');
}

/** The options' table as the README has it. */
function optionTable(options: readonly OptionSpec[]): string {
  const rows = options.map((option) => {
    const preset = option.default === undefined ? '' : ` (${option.default})`;
    const text = `${option.help}${preset}`.replaceAll('|', '\\|');
    return `| \`${optionLabel(option)}\` | ${option.verbs.join(', ')} | ${text} |`;
  });
  return ['| option | verbs | |', '|---|---|---|', ...rows].join('\n');
}
