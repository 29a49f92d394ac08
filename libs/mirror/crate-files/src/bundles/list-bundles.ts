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
import { type FileState, stateOf } from './file-state.ts';

/** A bundle found in a folder. */
export interface ListedBundle {
  readonly number: number;
  /** File names. */
  readonly name: string;
  readonly manifest: string;
  readonly state: FileState;
  /** undefined for an unfinished bundle */
  readonly entry: CatalogEntry | undefined;
}

export interface BundleListing {
  /** Ordered by number: those in the catalog, then those not yet in it. */
  readonly bundles: readonly ListedBundle[];
  /** Bundles that are in the catalog but not in the folder. */
  readonly missing: readonly CatalogEntry[];
  /** Traces of bundles without a catalog entry: unreadable catalog lines, and bundle names. */
  readonly unknown: readonly string[];
}

/**
 * Lists the bundles in a folder.
 * @throws the system error if it cannot be read or is changing right now
 */
export async function listBundles(directory: string): Promise<BundleListing> {
  // The catalog is read first, because a bundle gets its final name before its catalog line.
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
  // A bundle that has only just been renamed was missed by the listing.
  const unknown = [...lines, ...[...absent].filter((name) => !existsSync(join(directory, name)))];
  return { bundles, missing, unknown };
}

/**
 * Unfinished bundles, and bundles that have their final name but no catalog line yet. The manifest
 * is created first.
 */
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
