import { actOnJobs } from '../act-on-jobs.ts';
import type { Command } from '../command.ts';

export const suspendCommand: Command = {
  help: {
    about: [
      'Halts jobs, or single child jobs: commands that run stand still (SIGSTOP) with all',
      'that descends from them, and queued child jobs wait. muster resume lets them go on.',
    ],
    examples: ['muster suspend 1', 'muster suspend --command "apt-get *"'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) =>
    actOnJobs(parsed, context, 'suspend', ({ id }, controller) => controller.suspend(id)),
};
