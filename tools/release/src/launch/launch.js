/** The first releases with zstd in zlib. */
const MIN_VERSION = 'Node.js 22.15, or 24 or later';

/**
 * Loads an installed program, which is plain JavaScript, with Node.js's compile cache. The cache
 * belongs to the user: write access to another user's cache would allow running code as that user.
 * Worker threads and child processes inherit it through the environment. If it cannot be written,
 * everything is compiled again.
 *
 * @param {() => Promise<unknown>} program imports the program, after the cache has been enabled
 */
export async function launch(program) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || major === 23 || (major === 22 && minor < 15)) {
    process.stderr.write(`Node.js ${process.version} is too old to run this: it needs ${MIN_VERSION}\n`);
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

/** @param {NodeJS.ProcessEnv} env @returns {string | undefined} this user's directory for caches */
function cacheDirectory(env) {
  const home =
    process.platform === 'win32'
      ? env.LOCALAPPDATA
      : env.XDG_CACHE_HOME || (env.HOME ? `${env.HOME}/.cache` : undefined);
  return home ? `${home}/crates-mirror/compiled` : undefined;
}
