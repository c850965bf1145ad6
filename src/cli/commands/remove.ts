import { actOnJobs } from '../act-on-jobs.ts';
import type { Command } from '../command.ts';
import { stopJob } from '../stopping.ts';

export const removeCommand: Command = {
  help: {
    about: [
      'Forgets finished jobs, and what of them was not received. An unfinished job is an',
      'error, however it was chosen, unless --force stops it first. A child job cannot be',
      'removed by itself.',
    ],
    examples: ['muster remove 1', 'muster remove --state completed', 'muster remove 1 --force'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) => {
    const force = parsed.values.flag('force');
    return actOnJobs(parsed, context, 'remove', async (job, controller) => {
      // Stopped apart from its removal, so that there is somebody to ask how it ended.
      if (force && job.parentId === null) await stopJob(job, controller, context);
      await controller.remove(job.id, { force });
    });
  },
};
