import type { OptionSpec } from './spec.ts';

export const AUDIT_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'audit',
    group: 'Audit',
    takes: 'last',
    value: 'FILE',
    help: 'write down in FILE who ran what where, and what came of it; else $MUSTER_AUDIT',
    verbs: [
      'run',
      'start',
      'each',
      'script',
      'check',
      'upload',
      'download',
      'host-clean',
      'facts',
      'shell',
      'rerun',
    ],
  },
  {
    name: 'head',
    group: 'Audit',
    takes: 'last',
    value: 'DIGEST',
    help: 'the head that an earlier look told: lines missing at the end are found, too',
    verbs: ['audit'],
  },
];
