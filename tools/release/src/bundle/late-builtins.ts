import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const IMPORT = "import childProcess from 'node:child_process';";
const LATE =
  "const childProcess = { spawn: (...all) => process.getBuiltinModule('node:child_process').spawn(...all) };";

/**
 * commander imports node:child_process for subcommands that are programs of their own, which no tool here has. Loading it takes an
 * eighth of the time that Node.js takes to start, so that it waits until it is used.
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

/** @throws Error where commander has another import than it had */
export function loadLate(text: string): string {
  if (!text.includes(IMPORT) || /childProcess\.(?!spawn\b)/.test(text))
    throw new Error('commander uses node:child_process in another way than expected');
  return text.replace(IMPORT, LATE);
}

/** Imports of Node.js's own modules, as esbuild writes them without spaces. */
const BUILTIN = /import ?(?:\*as )?([\w$]+)?,?(?:\{([^{}]*)\})? ?from"(node:[a-z0-9_/]+)";/g;

/**
 * Takes Node.js's own modules by `process.getBuiltinModule`. An import of node:fs, node:util or node:process reads everything that
 * they export, and loads what they have ready for later: streams, worker threads, diagnostics. That takes a third of the time that
 * Node.js takes to start.
 *
 * @param text a minified module
 * @throws Error where such an import has another form
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
