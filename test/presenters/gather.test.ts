import { describe, expect, test } from 'vitest';
import { gather } from '../../src/presenters/gather.ts';
import { namesOf } from '../../src/presenters/names.ts';
import { compose } from '../../src/presenters/part.ts';
import {
  child,
  end,
  failed,
  fold,
  job,
  memory,
  record,
  state,
  type MemoryOutput,
} from './events.ts';

/** The output of hosts h1, h2, ... that said this, each in one record. */
async function shown(
  said: readonly (string | Uint8Array)[],
  output: MemoryOutput = memory(),
  noHeader = false,
): Promise<MemoryOutput> {
  const presenter = compose([gather(output, namesOf(fold, null), noHeader)]);
  const hosts = said.map((_, index) => `h${index + 1}`);
  for (const [index, data] of said.entries()) {
    await presenter.handle(record(index + 2, hosts[index] ?? '', data));
    await presenter.handle(state(index + 2, hosts[index] ?? '', 'Completed'));
  }
  expect(output.text()).toBe('');
  await presenter.handle(end(job(hosts.map((host) => child(host)))));
  return output;
}

const RULE = '---------------';

describe('gathered output', () => {
  test('is each distinct output once, under the folded set of its hosts and their number', async () => {
    const output = await shown(['other\n', 'same\nlines\n', 'same\nlines\n', 'same\nlines\n']);
    expect(output.text()).toBe(
      `${RULE}\nh[2-4] (3)\n${RULE}\nsame\nlines\n${RULE}\nh1\n${RULE}\nother\n`,
    );
  });

  test('in a pipe is as it came to the byte, with a newline only where a header follows', async () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x1b);
    const output = await shown([bytes, bytes, 'open']);
    const expected = Buffer.concat([
      Buffer.from(`${RULE}\nh[1-2] (2)\n${RULE}\n`),
      bytes,
      Buffer.from(`\n${RULE}\nh3\n${RULE}\nopen`),
    ]);
    expect(output.bytes().equals(expected)).toBe(true);
  });

  test('on a terminal is safe text, and every line ends', async () => {
    const output = await shown(['\u001B[2Jx\r\nopen'], memory({ terminal: true }));
    expect(output.text()).toBe(`${RULE}\nh1\n${RULE}\n^[[2Jx\nopen\n`);
  });

  test('on a terminal has long lines cut', async () => {
    const output = await shown(['y'.repeat(70_000)], memory({ terminal: true }));
    expect(output.text()).toBe(`${RULE}\nh1\n${RULE}\n${'y'.repeat(65_536)}… 4464 bytes more\n`);
  });

  test('has no headers where no prefix is wanted', async () => {
    const output = await shown(['a\n', 'b\n'], memory(), true);
    expect(output.text()).toBe('a\nb\n');
  });

  test('has stdout and stderr of a host together, in order of arrival, on stdout', async () => {
    const output = memory();
    const presenter = compose([gather(output, namesOf(fold, null), false)]);
    await presenter.handle(record(2, 'h1', 'one\n'));
    await presenter.handle(record(2, 'h1', 'two\n', 'error'));
    await presenter.handle(record(2, 'h1', 'three\n'));
    await presenter.handle(end(job([child('h1')])));
    expect(output.text()).toBe(`${RULE}\nh1\n${RULE}\none\ntwo\nthree\n`);
  });

  test('merges hosts by what they said, however they ended', async () => {
    const output = memory();
    const presenter = compose([gather(output, namesOf(fold, null), false)]);
    await presenter.handle(record(2, 'h1', 'same\n'));
    await presenter.handle(record(3, 'h2', 'same\n'));
    await presenter.handle(end(job([child('h1'), failed('h2', 'exit-code', 'exit code 7')])));
    expect(output.text()).toBe(`${RULE}\nh[1-2] (2)\n${RULE}\nsame\n`);
  });

  test('is nothing where nobody said anything', async () => {
    const output = memory();
    await compose([gather(output, namesOf(fold, null), false)]).handle(end(job([child('h1')])));
    expect(output.text()).toBe('');
  });
});
