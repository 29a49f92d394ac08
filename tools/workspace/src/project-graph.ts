import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** One workspace package and the imports of its sources. */
export interface Project {
  readonly name: string;
  /** `apps/downloader` */
  readonly root: string;
  readonly declared: readonly string[];
  /** The names by which it may be imported: its own, and its public entry points. */
  readonly entries: readonly string[];
  readonly imports: readonly Import[];
}

export interface Import {
  /** The importing file, relative to the repository. */
  readonly file: string;
  readonly specifier: string;
}

const SCOPE = '@crates-mirror/';
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*|\.resolve\(\s*)'([^']+)'/g;

/** Reads every workspace package. @param repository its root directory */
export function readProjects(repository: string): Project[] {
  const { workspaces } = readJson(join(repository, 'package.json')) as { workspaces: string[] };
  return workspaces
    .flatMap((pattern) => globSync(`${pattern}/package.json`, { cwd: repository }))
    .map((file) => readProject(repository, dirname(file)))
    .sort((a, b) => (a.root < b.root ? -1 : 1));
}

function readProject(repository: string, root: string): Project {
  const manifest = readJson(join(repository, root, 'package.json')) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    exports?: Record<string, string>;
  };
  const imports = globSync(`${root}/src/**/*.{ts,js}`, { cwd: repository }).flatMap((file) =>
    [...readFileSync(join(repository, file), 'utf8').matchAll(SPECIFIER)].map((match) => ({
      file,
      specifier: match[1] as string,
    })),
  );
  return {
    name: manifest.name,
    root,
    declared: Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    entries: Object.keys(manifest.exports ?? {}).map((entry) => manifest.name + entry.slice(1)),
    imports,
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The program that contains the commands of all others. */
const SUITE = 'apps/suite';
/** Builds the release from it. */
const RELEASE = 'tools/release';
/** Benchmarks the sources, or the built release. */
const BENCH = 'tools/bench';

/** Which kinds of package each kind may import. The first match determines a package's kind. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  [SUITE]: ['apps', 'libs/mirror', 'libs/platform'],
  [RELEASE]: [SUITE, 'tools', 'libs/mirror', 'libs/platform'],
  [BENCH]: [RELEASE, 'tools', 'libs/mirror', 'libs/platform'],
  apps: ['libs/mirror', 'libs/platform', 'tools'],
  'libs/mirror': ['libs/mirror', 'libs/platform'],
  'libs/platform': ['libs/platform'],
  tools: ['tools', 'libs/mirror', 'libs/platform'],
  test: ['test', RELEASE, 'tools', 'libs/mirror', 'libs/platform'],
};

function kindOf(root: string): string {
  const kind = Object.keys(MAY_IMPORT).find((prefix) => root === prefix || root.startsWith(`${prefix}/`));
  if (kind === undefined) throw new Error(`${root} is in no known folder`);
  return kind;
}

/** Descriptions of all violations of the import rules. */
export function findBreaches(projects: readonly Project[]): string[] {
  const byName = new Map(projects.map((project) => [project.name, project]));
  const breaches = projects.flatMap((project) => [
    ...project.imports.flatMap((one) => importBreach(project, one, byName)),
    ...unusedDependencies(project),
  ]);
  return [...breaches, ...cycles(projects, byName)];
}

function importBreach(
  project: Project,
  { file, specifier }: Import,
  byName: ReadonlyMap<string, Project>,
): string[] {
  if (specifier.startsWith('.')) {
    const target = relative(resolve(project.root), resolve(dirname(file), specifier));
    return target.startsWith('..') ? [`${file} reaches out of its package: ${specifier}`] : [];
  }
  if (specifier.startsWith('node:') || !specifier.startsWith(SCOPE))
    return externalBreach(project, file, specifier);
  const name = packageOf(specifier);
  const imported = byName.get(name);
  if (imported === undefined || !imported.entries.includes(specifier))
    return [`${file} imports ${specifier}, which is no package's public entry`];
  const kind = kindOf(imported.root);
  // Real upstreams for tests are created by a tool, wherever the tests are.
  const isAllowed =
    MAY_IMPORT[kindOf(project.root)]?.includes(kind) || (kind === 'tools' && file.endsWith('.test.ts'));
  if (!isAllowed) return [`${file} may not import from ${kind}: ${specifier}`];
  return project.declared.includes(name) ? [] : [`${file} imports ${name}, not in its package.json`];
}

/** Packages needed only by tests are declared once, at the root. */
const FOR_TESTS: ReadonlySet<string> = new Set(['fast-check']);

function externalBreach(project: Project, file: string, specifier: string): string[] {
  if (specifier.startsWith('node:') || !/^(@[a-z0-9-]+\/)?[a-z0-9-]+/.test(specifier)) return [];
  const name = packageOf(specifier);
  if (project.declared.includes(name) || (FOR_TESTS.has(name) && file.endsWith('.test.ts'))) return [];
  return [`${file} imports ${specifier}, not in its package.json`];
}

/** `@noble/hashes` for `@noble/hashes/sha3.js`. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function unusedDependencies({ root, declared, imports }: Project): string[] {
  const used = new Set(imports.map((one) => packageOf(one.specifier)));
  return declared
    .filter((name) => !used.has(name))
    .map((name) => `${root} declares ${name} and never imports it`);
}

function cycles(projects: readonly Project[], byName: ReadonlyMap<string, Project>): string[] {
  const found: string[] = [];
  const visited = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      found.push(`import cycle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`);
    if (visited.has(name) || path.includes(name)) return;
    for (const next of byName.get(name)?.declared ?? []) if (byName.has(next)) visit(next, [...path, name]);
    visited.add(name);
  };
  for (const { name } of projects) visit(name, []);
  return found;
}
