import type { OptionSpec } from './spec.ts';

/** How files are told apart. */
export const FILE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'checksum',
    group: 'Files',
    takes: 'flag',
    help: 'compare the content, too, of files whose size and time are the same; else they are passed over',
    verbs: ['upload', 'download'],
  },
];
