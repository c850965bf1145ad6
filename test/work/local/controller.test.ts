import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, Controller, type Job } from '../../../src/index.ts';
import { eventually } from '../../helpers/eventually.ts';

describe('a job of this machine, of a real controller', () => {
  let controller: Controller;
  let folder: string;
  beforeEach(() => {
    controller = new Controller();
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'here-')));
  });
  afterEach(async () => {
    await controller.dispose();
    rmSync(folder, { recursive: true });
  });

  async function outputOf(job: Job): Promise<string> {
    const pieces: string[] = [];
    for await (const { stream, data } of job.receive()) {
      if (stream === 'output') pieces.push(Buffer.from(data).toString());
    }
    return pieces.join('');
  }

  test('case 13: gives its output, once, and its exit code', async () => {
    const job = await controller.startLocal('echo $((1 + 1))');
    const view = await job.wait();
    expect(view).toMatchObject({
      type: 'LocalJob',
      state: 'Completed',
      hasMoreData: true,
      location: 'localhost',
      command: 'echo $((1 + 1))',
    });
    expect(view.children).toHaveLength(1);
    expect(view.children[0]).toMatchObject({ host: 'localhost', exitCode: 0, attempts: 0 });
    expect(await outputOf(job)).toBe('2\n');
    expect(await outputOf(job)).toBe('');
    expect((await job.view()).hasMoreData).toBe(false);
  });

  test('case 10: runs in the current folder where none is given', async () => {
    const job = await controller.startLocal(['pwd', '-P']);
    await job.wait();
    expect(await outputOf(job)).toBe(`${realpathSync(process.cwd())}\n`);
  });

  test('case 8: a folder that is not there is an error at once, and no job', async () => {
    const cwd = join(folder, 'missing');
    await expect(controller.startLocal('true', { cwd })).rejects.toThrow(ConfigError);
    expect(await controller.jobs()).toEqual([]);
  });

  test('a program that is not there fails in the phase open', async () => {
    const job = await controller.startLocal(['no-such-program']);
    const view = await job.wait();
    expect(view.state).toBe('Failed');
    expect(view.children[0]?.failure).toMatchObject({ phase: 'open', code: 'exec-refused' });
  });

  test('a time limit ends it, with all that descends from it', async () => {
    const job = await controller.startLocal('sleep 60 & sleep 60', { timeoutMs: 300 });
    const [child] = (await job.wait()).children;
    expect(child).toMatchObject({
      state: 'Failed',
      failure: { phase: 'run', code: 'timeout' },
      endConfirmed: true,
    });
  });

  test('is suspended, resumed and stopped', async () => {
    const file = join(folder, 'go');
    const wait = `while [ ! -e ${file} ]; do sleep 0.02; done`;
    const job = await controller.startLocal(`${wait}; echo end; sleep 60`);
    await eventually(async () => (await job.view()).children[0]?.state === 'Running');
    await job.suspend();
    expect((await job.view()).state).toBe('Suspended');
    writeFileSync(file, '');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await outputOf(job)).toBe('');
    await job.resume();
    expect((await job.view()).state).toBe('Running');
    await eventually(async () => (await outputOf(job)) === 'end\n');
    await job.suspend();
    await job.stop();
    expect((await job.view()).children[0]).toMatchObject({ state: 'Stopped', endConfirmed: true });
  });
});
