import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { bundleNumber, type CatalogEntry, readCatalog } from '@crates-mirror/bundle';
import { errorMessage, UsageError } from '@crates-mirror/errors';

/** A folder of archives. */
export interface FoundFolder {
  /** The newest first. */
  readonly bundles: readonly FoundBundle[];
  /** What a user should know of the folder, a line each: bundles that are missing or unfinished. */
  readonly missing: readonly string[];
  readonly unfinished: readonly string[];
}

/** One archive, and what lies beside it. */
export interface FoundBundle {
  /** Its file name. */
  readonly name: string;
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** Path of its manifest, where there is one. */
  readonly manifest: string | undefined;
  /** What the catalog says of the manifest, lower-case hex. */
  readonly manifestSha256: string | undefined;
  /** Members, where the catalog knows. */
  readonly entries: number | undefined;
  /** What the catalog or a `.sha256` file says, lower-case hex. */
  readonly sha256: string | undefined;
}

/**
 * The bundles of a directory, the newest first (by number, else by name): of two members with one path, the first that
 * is met is the one that counts.
 *
 * @throws UsageError when there are none
 */
export function findBundles(directory: string, pattern: string): FoundFolder {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw new UsageError(`--bundles-dir: cannot read ${directory}: ${errorMessage(error)}`);
  }
  const catalog = new Map([...readCatalog(directory).values()].map((entry) => [entry.path, entry]));
  const matches = (name: string): boolean => matchesGlob(name, pattern);
  const unfinished = names.filter((name) => name.endsWith('.tar.zst.partial') && !matches(name));
  const bundles = names
    .filter((name) => matchesGlob(name, pattern) && isFile(join(directory, name)))
    .sort(newestFirst)
    .map((name) => describe(directory, name, catalog.get(name)));
  if (bundles.length === 0)
    throw new UsageError(`--bundles-dir: no file in ${directory} matches '${pattern}'`, {
      hint:
        unfinished.length > 0
          ? `${unfinished[0]} is unfinished: let the downloader finish it`
          : 'Check --bundles-dir and --pattern',
    });
  const missing = [...catalog.keys()].filter((name) => matches(name) && !names.includes(name));
  return { bundles, missing, unfinished };
}

function newestFirst(a: string, b: string): number {
  const byNumber = (bundleNumber(b) ?? 0) - (bundleNumber(a) ?? 0);
  if (byNumber !== 0) return byNumber;
  return a < b ? 1 : -1;
}

function describe(directory: string, name: string, entry: CatalogEntry | undefined): FoundBundle {
  const path = join(directory, name);
  const manifest = join(directory, name.replace(/\.tar\.zst(\.partial)?$/, '.manifest.jsonl$1'));
  return {
    name,
    path,
    size: statSync(path).size,
    manifest: manifest !== path && existsSync(manifest) ? manifest : undefined,
    manifestSha256: entry?.manifest_sha256,
    entries: entry?.entries,
    sha256: entry?.sha256 ?? sumsFile(path),
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function sumsFile(path: string): string | undefined {
  try {
    return /^[0-9a-f]{64}(?= )/.exec(readFileSync(`${path}.sha256`, 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
