import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleId, bundleNumber, type CatalogEntry, partialNames, readCatalog } from '@crates-mirror/bundle';
import { type FileState, stateOf } from './open-bundle.ts';

/** A bundle that a folder has. */
export interface ListedBundle {
  readonly number: number;
  /** File names. */
  readonly name: string;
  readonly manifest: string;
  readonly state: FileState;
  /** undefined for a bundle under way */
  readonly entry: CatalogEntry | undefined;
}

export interface BundleListing {
  /** In the order of their numbers. */
  readonly bundles: readonly ListedBundle[];
  /** Numbers of bundles with their last name, which the catalog may not have yet. */
  readonly finals: ReadonlySet<number>;
  /** Names that the catalog has and the folder has not. */
  readonly missing: readonly string[];
}

/** What is in a folder of bundles now. @throws the system's error where it cannot be read */
export async function listBundles(directory: string): Promise<BundleListing> {
  const names = await readdir(directory);
  const catalog = readCatalog(directory);
  const bundles: ListedBundle[] = [];
  const missing: string[] = [];
  for (const [number, entry] of catalog) {
    const state = await stateOf(join(directory, entry.path));
    if (state === undefined) missing.push(entry.path);
    else bundles.push({ number, name: entry.path, manifest: entry.manifest, state, entry });
  }
  for (const number of numbersOf(names, '.tar.zst.partial')) {
    if (catalog.has(number)) continue;
    const { bundle: name, manifest } = partialNames(bundleId(number));
    const state = await stateOf(join(directory, name));
    if (state !== undefined) bundles.push({ number, name, manifest, state, entry: undefined });
  }
  return { bundles, finals: numbersOf(names, '.tar.zst'), missing };
}

function numbersOf(names: readonly string[], ending: string): Set<number> {
  const numbers = names.filter((name) => name.endsWith(ending)).map(bundleNumber);
  return new Set(numbers.filter((number) => number !== undefined));
}
