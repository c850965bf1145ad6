import { describe, expect, test } from 'vitest';
import { createWatch } from '../../src/presenters/watch.ts';
import { memory } from './events.ts';

/** What a terminal shows after these bytes: the sequences that a watch uses, obeyed. */
function screenOf(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  for (const { groups } of text.matchAll(/\u001B\[(?<code>\??\d*[A-Za-z])|(?<plain>[^])/gu)) {
    const { code, plain } = groups ?? {};
    if (code === 'K') lines[row] = (lines[row] ?? '').slice(0, column);
    else if (code === 'J') lines.splice(row + 1);
    else if (code === '2J') lines.splice(0, lines.length, '');
    else if (code === 'H') [row, column] = [0, 0];
    else if (code?.endsWith('A') === true) row -= Number.parseInt(code, 10);
    else if (plain === '\n') {
      row += 1;
      column = 0;
      lines[row] ??= '';
    } else if (plain !== undefined) {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + plain + line.slice(column + 1);
      column += 1;
    }
    if (code === 'J') lines[row] = (lines[row] ?? '').slice(0, column);
  }
  return lines;
}

describe('a watched block on a terminal', () => {
  test('takes the place of the one before, also when it gets shorter or its lines do', async () => {
    const screen = memory({ terminal: true });
    const watch = createWatch(screen, () => 24);
    await watch.show(['Id Name', '1  a-long-name', '2  b']);
    expect(screenOf(screen.text())).toEqual(['Id Name', '1  a-long-name', '2  b', '']);
    await watch.show(['Id Name', '1  a', '2  b', '3  c']);
    expect(screenOf(screen.text())).toEqual(['Id Name', '1  a', '2  b', '3  c', '']);
    await watch.show(['Id Name']);
    expect(screenOf(screen.text())).toEqual(['Id Name', '']);
    await watch.show([]);
    await watch.show(['Id Name', '4  d']);
    expect(screenOf(screen.text())).toEqual(['Id Name', '4  d', '']);
  });

  test('is cut to the height of the terminal, and says how much is missing', async () => {
    const screen = memory({ terminal: true });
    const watch = createWatch(screen, () => 4);
    await watch.show(['Id', '1', '2', '3', '4']);
    expect(screenOf(screen.text())).toEqual(['Id', '1', '… and 3 more', '']);
    await watch.show(['Id', '1', '2']);
    expect(screenOf(screen.text())).toEqual(['Id', '1', '2', '']);
  });

  test('is not written again where nothing changed', async () => {
    const screen = memory({ terminal: true });
    const watch = createWatch(screen, () => 24);
    await watch.show(['a']);
    const { length } = screen.writes;
    await watch.show(['a']);
    expect(screen.writes).toHaveLength(length);
  });

  test('is drawn anew on a cleared screen when the terminal has another width', async () => {
    const screen = memory({ terminal: true });
    let columns = 80;
    const watch = createWatch(
      {
        write: (chunk) => screen.write(chunk),
        isTerminal: true,
        colour: false,
        get columns() {
          return columns;
        },
      },
      () => 24,
    );
    await watch.show(['a']);
    columns = 40;
    await watch.show(['a']);
    expect(screen.writes.at(-1)).toContain('\u001B[H\u001B[2Ja');
  });

  test('hides the cursor while it is there, and gives it back once', async () => {
    const screen = memory({ terminal: true });
    const watch = createWatch(screen, () => 24);
    await watch.show(['a']);
    await watch.show(['b']);
    await watch.close();
    await watch.close();
    await watch.show(['c']);
    expect(screen.text().match(/\u001B\[\?25./gu)).toEqual(['\u001B[?25l', '\u001B[?25h']);
    expect(screenOf(screen.text())).toEqual(['b', '']);
    const unused = memory({ terminal: true });
    await createWatch(unused, () => 24).close();
    expect(unused.text()).toBe('');
  });
});

describe('a watched block on a pipe', () => {
  test('is written once, and then only lines that changed', async () => {
    const output = memory();
    const watch = createWatch(output, () => 3);
    await watch.show(['Id Name State', '1  a    Running', '2  b    Running', '3  c    Running']);
    await watch.show(['Id Name State', '1  a    Running', '2  b    Failed', '3  c    Running']);
    await watch.close();
    expect(output.text()).toBe(
      'Id Name State\n1  a    Running\n2  b    Running\n3  c    Running\n2  b    Failed\n',
    );
  });

  test('has no line again because a column got wider, and one again that changed back', async () => {
    const output = memory();
    const watch = createWatch(output, () => 24);
    await watch.show(['Id  State', '1   Running']);
    await watch.show(['Id   State', '1    Running', '100  Running']);
    await watch.show(['Id  State', '1   Blocked']);
    await watch.show(['Id  State', '1   Running']);
    expect(output.text()).toBe('Id  State\n1   Running\n100  Running\n1   Blocked\n1   Running\n');
  });
});
