import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** The form of a chunk's import in esbuild's minified output. */
const IMPORT = /import(?:\{([^{}]*)\}from)?"\.\/(chunk-[A-Z0-9]+\.js)";/g;

/** The new file of each merged chunk. */
type Places = ReadonlyMap<string, string>;

/**
 * Merges chunks that are needed at the same starts. esbuild creates a chunk for each set of entries
 * and `import()`s that share code, so many that a start would load a hundred files, at half a
 * millisecond each. Merging distinguishes only the starts that matter; each of them still loads
 * only what it needs.
 *
 * Chunks with circular imports are needed at the same starts, so merging creates no new circles.
 *
 * @param lib directory with the build's output
 * @param isStart whether the needs of an entry, named by its path from the repository's root, are
 *   loaded at a start that matters
 * @param options of the build
 */
export async function mergeChunks(
  lib: string,
  { outputs }: Metafile,
  isStart: (entry: string) => boolean,
  options: BuildOptions,
): Promise<void> {
  const groups = groupChunks(outputs, isStart).filter((group) => group.length > 1);
  const places = new Map(groups.flatMap((group, i) => group.map((chunk) => [chunk, `start-${i + 1}.js`])));
  const exported = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output.exports]));
  const merged = groups.map((group) =>
    build({
      ...options,
      stdin: {
        contents: group.map((chunk) => exportAll(chunk, exported.get(chunk) ?? [])).join(''),
        resolveDir: lib,
      },
      bundle: true,
      write: false,
      plugins: [inGroup(lib, new Set(group), places)],
    }),
  );
  const texts = (await Promise.all(merged)).map(({ outputFiles: [file] }) => file?.text ?? '');
  for (const chunk of places.keys()) rmSync(join(lib, chunk));
  for (const name of readdirSync(lib).filter((name) => name.endsWith('.js'))) {
    const path = join(lib, name);
    writeFileSync(path, withPlaces(readFileSync(path, 'utf8'), places));
  }
  for (const [i, text] of texts.entries()) writeFileSync(join(lib, `start-${i + 1}.js`), text);
}

/** Groups chunks by the starts that need them. */
function groupChunks(outputs: Metafile['outputs'], isStart: (entry: string) => boolean): string[][] {
  const groups = new Map<string, string[]>();
  const starts = Object.keys(outputs)
    .filter((path) => isStart(outputs[path]?.entryPoint ?? ''))
    .map((path) => needed(path, outputs));
  for (const path of Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === undefined)) {
    const neededBy = starts.flatMap((all, i) => (all.has(path) ? [i] : []));
    if (neededBy.length === 0) continue;
    const key = neededBy.join();
    groups.set(key, [...(groups.get(key) ?? []), basename(path)]);
  }
  return [...groups.values()];
}

/** The files loaded before a file runs. */
function needed(path: string, outputs: Metafile['outputs'], found = new Set<string>()): Set<string> {
  if (found.has(path) || outputs[path] === undefined) return found;
  found.add(path);
  for (const { kind, path: imported } of outputs[path].imports)
    if (kind === 'import-statement') needed(imported, outputs, found);
  return found;
}

/** Names are unique within a chunk, but not across chunks. */
function nameIn(chunk: string, name: string): string {
  return `${chunk.replace(/\W/g, '_')}_${name}`;
}

function exportAll(chunk: string, names: readonly string[]): string {
  if (names.length === 0) return `import"./${chunk}";`;
  return `export{${names.map((name) => `${name} as ${nameIn(chunk, name)}`)}}from"./${chunk}";`;
}

/** Includes the members of a group, and leaves the rest external. */
function inGroup(lib: string, group: ReadonlySet<string>, places: Places): Plugin {
  const elsewhere = new Map([...places].filter(([chunk]) => !group.has(chunk)));
  return {
    name: 'in group',
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) =>
        group.has(basename(path)) ? { path: join(lib, path) } : { path, external: true },
      );
      build.onLoad({ filter: /chunk-[A-Z0-9]+\.js$/ }, ({ path }) => ({
        contents: withPlaces(readFileSync(path, 'utf8'), elsewhere),
      }));
    },
  };
}

/** @throws Error if a merged chunk is imported in an unexpected form */
export function withPlaces(text: string, places: Places): string {
  const rewritten = text.replaceAll(IMPORT, (statement: string, names: string | undefined, chunk: string) => {
    const place = places.get(chunk);
    if (place === undefined) return statement;
    if (names === undefined) return `import"./${place}";`;
    const renamed = names.split(',').map((one) => {
      const [name = '', local = name] = one.split(' as ');
      return `${nameIn(chunk, name)} as ${local}`;
    });
    return `import{${renamed}}from"./${place}";`;
  });
  for (const chunk of places.keys())
    if (rewritten.includes(`"./${chunk}"`)) throw new Error(`${chunk} is imported in an unexpected form`);
  return rewritten;
}
