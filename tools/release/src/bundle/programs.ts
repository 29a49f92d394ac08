import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program of the release. */
export interface Program {
  /** The name that users type. */
  readonly name: string;
  /** The program's main module, relative to the repository's root. */
  readonly module: string;
}

/** Every program, by its name in its package's `bin`. @param root the repository */
export function programsOf(root: string): Program[] {
  return globSync('apps/*/package.json', { cwd: root })
    .flatMap((path) => {
      const { bin } = JSON.parse(readFileSync(join(root, path), 'utf8')) as { bin: Record<string, string> };
      const module = `${dirname(path).replaceAll('\\', '/')}/src/tool.ts`;
      return Object.keys(bin).map((name) => ({ name, module }));
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
