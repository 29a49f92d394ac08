import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePrograms, PROFILER, ZSTD } from '../bundle/bundle.ts';
import { type BundledPackage, bundledPackages, noticesOf } from '../bundle/notices.ts';
import { programsOf } from '../bundle/programs.ts';
import { writeShared } from '../share/share.ts';

/** Node.js versions with zstd in zlib. */
export const ENGINES = '^22.15.0 || >=24.0.0';

interface RootManifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

export interface PackageFolder {
  readonly version: string;
  readonly packages: readonly BundledPackage[];
}

/**
 * Writes the npm package, without its archive.
 *
 * @param root the repository
 * @param out a directory that does not exist yet
 */
export async function writePackageFolder(root: string, out: string): Promise<PackageFolder> {
  mkdirSync(out, { recursive: true });
  const packages = bundledPackages(root, await bundlePrograms(root, out));
  const { version, description, license } = readJson<RootManifest>(join(root, 'package.json'));
  const manifest = {
    name: 'crates-mirror',
    version,
    description,
    license,
    type: 'module',
    engines: { node: ENGINES },
    man: writeShared(out),
    bin: Object.fromEntries(programsOf(root).map(({ name }) => [name, `bin/${name}.js`])),
    // 1 MB, for every platform it supports; installation does not fail if it is unavailable.
    optionalDependencies: { [ZSTD]: versionOf(root, 'zstd', ZSTD) },
    // npm does not install optional peers by itself: without a registry, and in a fifth of the
    // space, everything but profiles works.
    peerDependencies: { [PROFILER]: `^${versionOf(root, 'metrics', PROFILER)}` },
    peerDependenciesMeta: { [PROFILER]: { optional: true } },
  };
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(out, 'THIRD-PARTY-LICENSES'), noticesOf(root, packages));
  for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(out, name));
    chmodSync(join(out, name), 0o644);
  }
  return { version, packages };
}

/** The version of a package that a library depends on. */
function versionOf(root: string, library: string, name: string): string {
  const path = join(root, 'libs/platform', library, 'package.json');
  const { dependencies } = readJson<{ dependencies: Record<string, string> }>(path);
  return dependencies[name] ?? '*';
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
