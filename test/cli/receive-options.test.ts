import { describe, expect, test } from 'vitest';
import { hostsOfJobs } from '../../src/cli/job-hosts.ts';
import { parse } from '../helpers/parse.ts';
import { receiveRequest, type ReceiveRequest } from '../../src/cli/receive-options.ts';

describe('what is received', () => {
  test('all there is now, which is then forgotten, unless more is said', () => {
    expect(request()).toEqual({
      keep: false,
      until: 'now',
      result: false,
      hosts: [],
      streams: null,
      autoRemove: false,
      timeoutMs: null,
      columns: [],
      groupBy: null,
    });
  });

  test('until the job is there, or finished; only --wait asks for its result', () => {
    expect(request('--wait')).toMatchObject({ until: 'persistent', result: true });
    expect(request('--follow')).toMatchObject({ until: 'finished', result: false });
    expect(request('--wait', '--follow')).toMatchObject({ until: 'finished', result: true });
  });

  test('streams and columns in lists and one by one, each once', () => {
    const { streams } = request('--stream', 'Error,warning', '--stream=error');
    expect(streams).toEqual(['error', 'warning']);
    const { columns } = request('-O', 'table', '--columns', 'a,b', '--columns', 'c');
    expect(columns).toEqual(['a', 'b', 'c']);
  });

  test.each([
    [['--keep', '--auto-remove'], /exclude each other/u],
    [['--stream', 'eror'], /none of output, error/u],
    [['--columns', 'a'], /for -O table/u],
    [['-O', 'json', '--group-by', 'a'], /for -O table/u],
  ])('%j is refused', (words, message) => {
    expect(() => request(...words)).toThrow(message);
  });
});

describe('--host', () => {
  const known = new Set(['web1', 'web2', 'db1']);

  test('names hosts of the jobs, by wildcards too, each once', () => {
    expect(hostsOfJobs([], known)).toBeNull();
    expect(hostsOfJobs(['web[1-2]', 'web1', 'd*'], known)).toEqual(['web1', 'web2', 'db1']);
  });

  test('names no other', () => {
    expect(() => hostsOfJobs(['web3'], known)).toThrow(/web3 is no host of the job/u);
    expect(() => hostsOfJobs(['x*'], known)).toThrow(/names nothing/u);
  });
});

function request(...args: readonly string[]): ReceiveRequest {
  return receiveRequest(parse('receive', args).values);
}
