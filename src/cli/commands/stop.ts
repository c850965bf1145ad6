import { actOnJobs } from '../act-on-jobs.ts';
import type { Command } from '../command.ts';
import { stopJob } from '../stopping.ts';

export const stopCommand: Command = {
  help: {
    about: [
      'Stops jobs, or single child jobs: their commands get TERM, after a grace period KILL.',
      'Queued child jobs are stopped at once, finished jobs are left alone, and what was',
      'said until then can be received. Returns when they have ended.',
    ],
    examples: ['muster stop 1', 'muster stop nightly --timeout 60', 'muster stop --state running'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => actOnJobs(parsed, context, 'stop', stopJob),
};
