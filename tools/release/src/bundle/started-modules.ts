import { globSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import type { Plugin } from 'esbuild';
import type { Program } from './programs.ts';

/**
 * The form in which sources refer to files that they start in a thread or read, rather than import.
 */
const BESIDE = /new URL\('(\.[^']+)', import\.meta\.url\)/g;
/** The form in which index-cloner refers to the downloader. */
const MAIN = /join\(import\.meta\.dirname, '(?:\.\.\/)+([a-z-]+)\/src\/main\.js'\)/g;
/** pino is loaded on the first log line. */
const REQUIRED = /createRequire\(import\.meta\.url\)\(('[^']+')\)/g;

/** A module that is started in a thread, or a file that is read, and its name in the bundles. */
export interface Beside {
  readonly path: string;
  readonly name: string;
}

/** All files that sources start or read at run time. @param root the repository */
export function filesBeside(root: string): { readonly started: Beside[]; readonly read: Beside[] } {
  const sources = globSync('{apps,libs/*,tools/sample-registry}/**/src/**/*.ts', {
    cwd: root,
    exclude: (path) => path.includes('node_modules') || path.endsWith('.test.ts'),
  });
  const paths = new Set<string>();
  for (const source of sources.sort()) {
    const text = readFileSync(join(root, source), 'utf8');
    for (const [, relative = ''] of text.matchAll(BESIDE))
      paths.add(posix.join(posix.dirname(source.replaceAll('\\', '/')), relative));
  }
  const beside = [...paths].map((path) => ({ path, name: bundledName(path) }));
  return {
    started: beside.filter(({ path }) => path.endsWith('.ts')),
    read: beside.filter(({ path }) => !path.endsWith('.ts')),
  };
}

/**
 * `downloader-lane-worker.js` for `apps/downloader/src/lane/lane-worker.ts`: all bundles are in one
 * folder.
 */
export function bundledName(path: string): string {
  const [, project = ''] = /([^/]+)\/src\//.exec(path) ?? [];
  return `${project}-${basename(path).replace(/\.ts$/, '.js')}`;
}

/**
 * Rewrites references to sibling files so that sources find them among the bundles.
 *
 * @param path of the source, relative to the repository's root
 * @throws Error for a use of `import.meta` that would break there
 */
export function rewriteSource(path: string, text: string, programs: readonly Program[]): string {
  const rewritten = text
    .replaceAll(BESIDE, (_, relative: string) => {
      const name = bundledName(posix.join(posix.dirname(path), relative));
      return `new URL('./${name}', import.meta.url)`;
    })
    .replaceAll(
      MAIN,
      (_, app: string) => `join(import.meta.dirname, '../bin/${programOfApp(app, programs)}.js')`,
    )
    .replaceAll(REQUIRED, 'require($1)');
  const known = rewritten.replaceAll(
    /new URL\('\.\/[^']+', import\.meta\.url\)|join\(import\.meta\.dirname, '\.\.\/bin\//g,
    '',
  );
  const [unknown] = /import\.meta\.(?:url|dirname|resolve)/.exec(known) ?? [];
  if (unknown !== undefined) throw new Error(`${path}: ${unknown} cannot be bundled as it is used there`);
  return rewritten;
}

function programOfApp(app: string, programs: readonly Program[]): string {
  const program = programs.find(({ module }) => module.startsWith(`apps/${app}/`));
  if (program === undefined) throw new Error(`no program is made of apps/${app}`);
  return program.name;
}

/** @param root the repository */
export function sourcesPlugin(root: string, programs: readonly Program[]): Plugin {
  return {
    name: 'sources',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        if (path.includes('node_modules')) return undefined;
        const relative = path.slice(root.length + 1).replaceAll('\\', '/');
        return { contents: rewriteSource(relative, readFileSync(path, 'utf8'), programs), loader: 'ts' };
      });
    },
  };
}
