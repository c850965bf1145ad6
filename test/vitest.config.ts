import {
  defineConfig,
  type TestProjectInlineConfiguration,
  type ViteUserConfig,
} from 'vitest/config';

/**
 * Tests that measure memory or processor time, of the process they are in or of one it starts: what a child is said to
 * have used at the most (getrusage(2)) is no less than what its parent had when it began it.
 */
const MEASURING = [
  'test/controller/find.test.ts',
  'test/faults/inventory.test.ts',
  'test/presenters/job-list.test.ts',
  'test/targets/inventory/limits.test.ts',
  'test/targets/speed.test.ts',
  'test/transport/host-keys/known-hosts.test.ts',
];

/** A random run, with servers, controllers and clocks that fail all the time: beside others it would be what they fail by. */
const RANDOM = ['test/chaos/chaos.test.ts'];

function project(
  name: string,
  options: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return {
    test: {
      name,
      setupFiles: ['test/setup/leaks.ts', 'test/setup/random-inputs.ts'],
      testTimeout: 20_000,
      hookTimeout: 60_000,
      pool: 'forks',
      ...options,
    },
  };
}

const config: ViteUserConfig = defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    globalSetup: ['test/setup/global.ts'],
    projects: [
      // A process for each file would cost more than most files do; leaks.ts sees to it that none leaves anything in it.
      // Three of them on two cores: most tests wait for other programs.
      project('together', {
        include: ['test/**/*.test.ts'],
        exclude: [...MEASURING, ...RANDOM],
        isolate: false,
        maxWorkers: 3,
        sequence: { groupOrder: 2 },
      }),
      project('apart', {
        include: MEASURING,
        isolate: true,
        maxWorkers: 1,
        sequence: { groupOrder: 1 },
      }),
      project('random', {
        include: RANDOM,
        isolate: true,
        maxWorkers: 1,
        sequence: { groupOrder: 3 },
      }),
    ],
  },
});

export default config;
