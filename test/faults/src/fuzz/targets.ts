import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FuzzTarget } from './fuzzer.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');

export interface NamedTarget extends FuzzTarget {
  readonly name: string;
}

/** All targets of the repository: the files `*.fuzz.ts` beside what they call. */
export async function fuzzTargets(): Promise<NamedTarget[]> {
  const paths = globSync('{apps,libs}/**/src/**/*.fuzz.ts', {
    cwd: REPOSITORY,
    exclude: ['**/node_modules/**'],
  });
  return Promise.all(
    paths.sort().map(async (path) => {
      const { seeds, fuzz } = (await import(pathToFileURL(resolve(REPOSITORY, path)).href)) as FuzzTarget;
      return { name: basename(path, '.fuzz.ts'), seeds, fuzz };
    }),
  );
}

/** Whether a script's blocks count: those of the tools, and not of what they are fuzzed by. */
export function isOurs(url: string): boolean {
  const isSource = /^file:.*\/(apps|libs)\//.test(url) && !url.includes('/node_modules/');
  return isSource && !url.endsWith('.fuzz.ts');
}
