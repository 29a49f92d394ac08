/** The first releases whose zlib has zstd. */
const LEAST = 'Node.js 22.15, or 24 or later';

/**
 * Loads an installed program, which is plain JavaScript, with Node.js's compile cache. The cache is the user's own: whoever could
 * write to another's would have code run there. Worker threads and child processes take it from the environment. Where it cannot
 * be written, everything is compiled anew.
 *
 * @param {() => Promise<unknown>} program imports the program; only then, so that the cache is there
 */
export async function launch(program) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || major === 23 || (major === 22 && minor < 15)) {
    process.stderr.write(`Node.js ${process.version} is too old to run this: it needs ${LEAST}\n`);
    process.exitCode = 2;
    return;
  }
  const { env } = process;
  const cache = cacheDirectory(env);
  if (cache !== undefined && !env.NODE_COMPILE_CACHE && !env.NODE_DISABLE_COMPILE_CACHE) {
    process.getBuiltinModule('node:module').enableCompileCache(cache);
    env.NODE_COMPILE_CACHE = cache;
  }
  await program();
}

/** @param {NodeJS.ProcessEnv} env @returns {string | undefined} where programs of this user keep what can be made anew */
function cacheDirectory(env) {
  const home =
    process.platform === 'win32'
      ? env.LOCALAPPDATA
      : env.XDG_CACHE_HOME || (env.HOME ? `${env.HOME}/.cache` : undefined);
  return home ? `${home}/crates-mirror/compiled` : undefined;
}
