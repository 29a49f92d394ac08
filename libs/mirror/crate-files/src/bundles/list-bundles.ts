import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BadLine,
  bundleId,
  bundleNumber,
  CATALOG_NAME,
  type CatalogEntry,
  keepIn,
  linesOfUnknown,
  namedBeside,
  partialNames,
  readCatalog,
} from '@crates-mirror/bundle/reading';
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
  /** In the order of their numbers: those of the catalog, then those that are not in it yet. */
  readonly bundles: readonly ListedBundle[];
  /** Those that the catalog has and the folder has not. */
  readonly missing: readonly CatalogEntry[];
  /** Traces of others, of which no entry tells what they were: lines of the catalog, and names of bundles. */
  readonly unknown: readonly string[];
}

/** What is in a folder of bundles now. @throws the system's error where it cannot be read, or changes at that moment */
export async function listBundles(directory: string): Promise<BundleListing> {
  // The catalog comes first: a bundle that is in it has had its name before.
  const badLines: BadLine[] = [];
  const catalog = readCatalog(directory, keepIn(badLines));
  const names = await readdir(directory);
  const bundles: ListedBundle[] = [];
  const missing: CatalogEntry[] = [];
  for (const [number, entry] of catalog) {
    const { path: name, manifest } = entry;
    if (names.includes(name))
      bundles.push({ number, name, manifest, state: await stateOf(join(directory, name)), entry });
    else missing.push(entry);
  }
  for (const [number, files] of unlisted(names, catalog)) {
    const state = await stateOf(join(directory, files.name));
    bundles.push({ number, ...files, state, entry: undefined });
  }
  const numbers = new Set([...catalog.keys(), ...bundles.map(({ number }) => number)]);
  const lines = linesOfUnknown(badLines, numbers).map(({ number }) => `${CATALOG_NAME}:${number}`);
  const absent = new Set(namedBeside(names).filter((name) => !numbers.has(bundleNumber(name) as number)));
  // One that was given its name just now has come too late for the list.
  const unknown = [...lines, ...[...absent].filter((name) => !existsSync(join(directory, name)))];
  return { bundles, missing, unknown };
}

/** Bundles under way, and those that have been given their last name and no catalog line yet: the manifest comes first. */
function unlisted(
  names: readonly string[],
  catalog: ReadonlyMap<number, CatalogEntry>,
): Map<number, { readonly name: string; readonly manifest: string }> {
  const found = new Map<number, { name: string; manifest: string }>();
  for (const name of names.filter((one) => /\.tar\.zst(\.partial)?$/.test(one)).sort(finalLast)) {
    const number = bundleNumber(name);
    if (number === undefined || catalog.has(number)) continue;
    const partial = partialNames(bundleId(number)).manifest;
    const final = names.find((one) => bundleNumber(one) === number && one.endsWith('.manifest.jsonl'));
    found.set(number, { name, manifest: names.includes(partial) ? partial : (final ?? partial) });
  }
  return found;
}

function finalLast(a: string, b: string): number {
  return Number(b.endsWith('.partial')) - Number(a.endsWith('.partial'));
}
