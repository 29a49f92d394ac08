import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/crates-mirror');

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
  const { env } = process;
  if (env['NODE_COMPILE_CACHE'] === undefined && env['NODE_DISABLE_COMPILE_CACHE'] === undefined) {
    enableCompileCache(CACHE);
    env['NODE_COMPILE_CACHE'] = CACHE;
  }
  await program();
}
