import * as nodeModule from 'node:module';
import { basename, dirname, join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/crates-mirror');

/** Runs TypeScript directly. */
const PINNED_NODE = join(import.meta.dirname, '../../../../node_modules/.bin/node');

/**
 * Loads a program with Node.js's compile cache, which keeps stripped and compiled code between
 * starts: `--help` takes a third of the time. Worker threads and child processes inherit the cache
 * through the environment, and a user's own NODE_COMPILE_CACHE is respected. If the cache cannot be
 * written, everything is compiled again.
 *
 * This file and each tool's main.js are plain JavaScript: for TypeScript, Node.js would load its
 * type stripper (35 ms) before the cache makes that unnecessary.
 *
 * @param {() => Promise<unknown>} program imports the program, after the cache has been enabled
 */
export async function launch(program) {
  // A Node.js that cannot strip types has neither.
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
