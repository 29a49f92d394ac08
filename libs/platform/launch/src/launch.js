import * as nodeModule from 'node:module';
import { basename, dirname, join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/crates-mirror');

/** Runs TypeScript as it is. */
const PINNED_NODE = join(import.meta.dirname, '../../../../node_modules/.bin/node');

/**
 * Loads a program with Node.js's compile cache, which keeps types stripped and code compiled from one start to the next:
 * `--help` takes a third of the time. Worker threads and child processes take the same cache from the environment, and a
 * user's own NODE_COMPILE_CACHE is left alone. Where the cache cannot be written, everything is compiled anew.
 *
 * This file and each tool's main.js are plain JavaScript: for TypeScript, Node.js would load its type stripper (35 ms)
 * before there is a cache that makes it unnecessary.
 *
 * @param {() => Promise<unknown>} program imports the program; only then, so that the cache is there
 */
export async function launch(program) {
  // A Node.js that strips no types has neither.
  if (nodeModule.enableCompileCache === undefined || process.features.typescript === false) {
    process.stderr.write(
      `${basename(process.argv[1])}: Node.js ${process.version} is too old to run this. The one that came with it: ${PINNED_NODE}; put ${dirname(PINNED_NODE)} first in PATH, or start it with npx\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { env } = process;
  if (env['NODE_COMPILE_CACHE'] === undefined && env['NODE_DISABLE_COMPILE_CACHE'] === undefined) {
    nodeModule.enableCompileCache(CACHE);
    env['NODE_COMPILE_CACHE'] = CACHE;
  }
  await program();
}
