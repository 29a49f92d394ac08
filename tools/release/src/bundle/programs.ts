import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program of the release. */
export interface Program {
  /** What users type. */
  readonly name: string;
  /** The module that is the program, from the repository's root. */
  readonly module: string;
}

/** Every program, under the name that its package gives it in `bin`. @param root the repository */
export function programsOf(root: string): Program[] {
  return globSync('apps/*/package.json', { cwd: root })
    .flatMap((path) => {
      const { bin } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { bin: Record<string, string> };
      const module = `${dirname(path).replaceAll('\\', '/')}/src/tool.ts`;
      return Object.keys(bin).map((name) => ({ name, module }));
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
