import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { lateBuiltins, withoutBuiltinImports } from './late-builtins.ts';
import { mergeChunks } from './merge-chunks.ts';
import { type Program, programsOf } from './programs.ts';
import { filesBeside, sourcesPlugin } from './started-modules.ts';

/** Native, and only for profiles: users who need these install it. */
export const PROFILER = '@datadog/pprof';
/** Native. Without it, Node.js compresses. */
export const ZSTD = '@mongodb-js/zstd';

/** The modules loaded by every run of the downloader, the tool that is started most often. */
const STARTS =
  /^apps\/(?:suite\/src\/tool|downloader\/src\/(?:tool|run|lane\/(?:lane-worker|open-lane)))\.ts$|\/http-client\/src\/h2\/origin\.ts$/;

/** CommonJS packages load Node.js's modules by `require`, which is missing in ES modules. */
const REQUIRE = 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/**
 * Writes all programs as plain JavaScript: `bin/NAME.js` starts `lib/NAME.js`. Code that programs
 * share, or load lazily, is in chunks in `lib`, with the modules of worker threads and the
 * WebAssembly.
 *
 * @param root the repository
 * @param out an empty directory
 * @returns paths of all bundled files, relative to the repository's root
 */
export async function bundlePrograms(root: string, out: string): Promise<readonly string[]> {
  const { started, read } = filesBeside(root);
  const programs = programsOf(root);
  const lib = join(out, 'lib');
  const entries = [
    ...programs.map(({ name, module }) => ({ in: module, out: name })),
    ...started.map(({ path, name }) => ({ in: path, out: name.replace(/\.js$/, '') })),
  ];
  const common: BuildOptions = {
    absWorkingDir: root,
    format: 'esm',
    platform: 'node',
    target: 'node22.15',
    minify: true,
    legalComments: 'none',
    external: [PROFILER, ZSTD],
    logLevel: 'error',
  };
  const built = await build({
    ...common,
    entryPoints: entries,
    outdir: lib,
    bundle: true,
    splitting: true,
    // For hash-wasm, which has no `exports`, use the module: esbuild cannot determine the export
    // names of its other form.
    mainFields: ['module', 'main'],
    metafile: true,
    plugins: [sourcesPlugin(root, programs), lateBuiltins],
  });
  const { metafile } = built as BuildResult<{ metafile: true }>;
  await mergeChunks(lib, metafile, (entry) => STARTS.test(entry), common);
  for (const { path, name } of read) copyFileSync(join(root, path), join(lib, name));
  for (const name of readdirSync(lib)) finish(join(lib, name));
  writePrograms(out, programs);
  return Object.keys(metafile.inputs);
}

function finish(file: string): void {
  if (!file.endsWith('.js')) return;
  const text = withoutBuiltinImports(readFileSync(file, 'utf8'));
  writeFileSync(file, /\brequire\b/.test(text) ? REQUIRE + text : text);
}

function writePrograms(out: string, programs: readonly Program[]): void {
  const bin = join(out, 'bin');
  mkdirSync(bin);
  copyFileSync(join(import.meta.dirname, '../launch/launch.js'), join(bin, 'launch.js'));
  for (const { name } of programs) {
    const text = `#!/usr/bin/env node
import { launch } from './launch.js';

await launch(() => import('../lib/${name}.js'));
`;
    writeFileSync(join(bin, `${name}.js`), text, { mode: 0o755 });
  }
}
