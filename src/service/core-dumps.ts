import { writeFileSync } from 'node:fs';

/**
 * Keeps the memory of this process, which holds passwords and keys, out of whatever dump a crash leaves (core(5),
 * coredump_filter: none of the kinds of memory). Where there is no such file, the system's own limit decides.
 */
export function keepOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // Not Linux, or a kernel without core dumps.
  }
}
