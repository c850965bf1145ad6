import { actOnJobs } from '../act-on-jobs.ts';
import type { Command } from '../command.ts';

export const resumeCommand: Command = {
  help: {
    about: ['Lets suspended jobs, or single child jobs, go on where they stood still.'],
    examples: ['muster resume 1', 'muster resume --state suspended'],
  },
  optionsEnd: 'dashes',
  run: (parsed, context) =>
    actOnJobs(parsed, context, 'resume', ({ id }, controller) => controller.resume(id)),
};
