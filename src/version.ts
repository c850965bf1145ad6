/** This program's version: here as text so that `--version` reads no file. A test compares it with package.json. */
export const VERSION = '0.1.0';
