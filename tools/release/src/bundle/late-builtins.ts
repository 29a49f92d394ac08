import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const IMPORT = "import childProcess from 'node:child_process';";
const LATE =
  "const childProcess = { spawn: (...all) => process.getBuiltinModule('node:child_process').spawn(...all) };";

/**
 * commander imports node:child_process for external subcommands, which no tool here has. Loading it
 * takes an eighth of Node.js's startup time, so it is deferred until it is used.
 */
export const lateBuiltins: Plugin = {
  name: 'late builtins',
  setup(build) {
    build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) => ({
      contents: loadLate(readFileSync(path, 'utf8')),
      loader: 'js',
    }));
  },
};

/** @throws Error if commander's import has changed */
export function loadLate(text: string): string {
  if (!text.includes(IMPORT) || /childProcess\.(?!spawn\b)/.test(text))
    throw new Error('commander uses node:child_process in another way than expected');
  return text.replace(IMPORT, LATE);
}

/** Imports of Node.js's own modules in esbuild's minified output. */
const BUILTIN = /import ?(?:\*as )?([\w$]+)?,?(?:\{([^{}]*)\})? ?from"(node:[a-z0-9_/]+)";/g;

/**
 * Replaces imports of Node.js's own modules by `process.getBuiltinModule`. An import of node:fs,
 * node:util or node:process reads all their exports, which triggers lazily loaded parts: streams,
 * worker threads, diagnostics. That takes a third of Node.js's startup time.
 *
 * @param text a minified module
 * @throws Error if such an import has another form
 */
export function withoutBuiltinImports(text: string): string {
  const first: string[] = [];
  const rest = text.replaceAll(BUILTIN, (_, whole, names, module) => {
    const value = `process.getBuiltinModule("${module}")`;
    if (whole !== undefined) first.push(`const ${whole}=${value};`);
    if (names !== undefined) first.push(`const{${names.replaceAll(' as ', ':')}}=${value};`);
    return '';
  });
  const [left] = /import[^;]{0,99}from"node:[^"]+"/.exec(rest) ?? [];
  if (left !== undefined) throw new Error(`an import in another form than expected: ${left}`);
  return first.join('') + rest;
}
