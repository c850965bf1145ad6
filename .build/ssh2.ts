import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Takes ssh2 into the bundle, where one file is read instead of thirty, without what a client of ours never calls: tunnels
 * for HTTP, which bring Node's HTTP and TLS along, and the WebAssembly that stands in where ssh2's native part is missing.
 * What only a server and a demonstration need is evaluated when they ask for it.
 */
export const leanSsh2: Plugin = {
  name: 'lean-ssh2',
  setup(bundler) {
    bundler.onResolve({ filter: /^ssh2$/ }, ({ path }) => ({ path, namespace: 'ssh2' }));
    bundler.onLoad({ filter: /^ssh2$/, namespace: 'ssh2' }, () => ({
      contents: ENTRY,
      resolveDir: HERE,
    }));
    // A native library stays where it was built. What looks for it has to find it from where the bundle lies.
    bundler.onResolve({ filter: /\bsshcrypto\.node$/ }, () => ({ path: NATIVE, external: true }));
    bundler.onResolve({ filter: /^cpu-features$/ }, () => ({
      path: 'cpu-features',
      external: true,
    }));
    bundler.onResolve({ filter: /^\.\/crypto\/poly1305\.js$/ }, () => ({
      path: 'poly1305',
      namespace: 'ssh2',
    }));
    bundler.onLoad({ filter: /^poly1305$/, namespace: 'ssh2' }, () => ({
      contents: POLY1305,
      resolveDir: join(HERE, 'lib/protocol'),
    }));
  },
};

/** The package's own list (lib/index.js) as far as ours goes. */
const ENTRY = `
  const { parseKey } = require('./lib/protocol/keyParser.js');
  module.exports = {
    Client: require('./lib/client.js'),
    get Server() { return require('./lib/server.js'); },
    utils: {
      parseKey,
      get generateKeyPairSync() { return require('./lib/keygen.js').generateKeyPairSync; },
    },
  };
`;
const NATIVE = 'ssh2/lib/protocol/crypto/build/Release/sshcrypto.node';
const POLY1305 = `
  let isNative = true;
  try { require('${NATIVE}'); } catch { isNative = false; }
  module.exports = isNative
    ? async () => ({ _malloc: () => 0, cwrap: () => undefined })
    : require('./crypto/poly1305');
`;
const HERE: string = join(dirname(createRequire(import.meta.url).resolve('ssh2')), '..');
