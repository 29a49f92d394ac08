import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import {
  type BadLine,
  BESIDE_BUNDLES,
  bundleNumber,
  CATALOG_NAME,
  type CatalogEntry,
  keepIn,
  linesOfUnknown,
  namedBeside,
  readCatalog,
} from '@crates-mirror/bundle/reading';
import { errorMessage, UsageError, unreadable } from '@crates-mirror/errors';

/** A folder of archives. */
export interface FoundFolder {
  /** Newest first. */
  readonly bundles: readonly FoundBundle[];
  readonly missing: readonly MissingBundle[];
  /** Names of unfinished bundles. */
  readonly unfinished: readonly string[];
}

/** A bundle that should exist and is not a readable file. */
export interface MissingBundle {
  readonly name: string;
  /** The reason, in words that follow the name. */
  readonly why: string;
  /** Path of its manifest, if that exists. */
  readonly manifest: string | undefined;
}

/** An archive and the files next to it. */
export interface FoundBundle {
  /** Its file name. */
  readonly name: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Path of its manifest, if there is one. */
  readonly manifest: string | undefined;
  /** Checksum of the manifest in the catalog, lower-case hex. */
  readonly manifestSha256: string | undefined;
  /** Number of members, if the catalog has it. */
  readonly entries: number | undefined;
  /** Checksum in the catalog, lower-case hex. */
  readonly sha256: string | undefined;
  /** Path of its `.sha256` file, if there is one. */
  readonly sums: string | undefined;
}

const ABSENT = 'not in the folder';
const DANGLING = 'is a link in the folder that leads nowhere';

/**
 * Returns the bundles of a directory, newest first (by number, otherwise by name). If two members
 * have the same path, the first one found takes precedence.
 *
 * @throws UsageError when there are none
 */
export function findBundles(directory: string, pattern: string): FoundFolder {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw unreadable(
      '--bundles-dir',
      directory,
      error,
      'Name the directory that the downloader writes bundles to',
    );
  }
  const badLines: BadLine[] = [];
  const entries = readCatalog(directory, keepIn(badLines));
  const catalog = new Map([...entries.values()].map((entry) => [entry.path, entry]));
  // `bundle-0001*` selects the bundle but not its manifest.
  const matches = (name: string): boolean =>
    matchesGlob(name, pattern) && name !== CATALOG_NAME && !BESIDE_BUNDLES.test(name);
  const unfinished = names.filter((name) => name.endsWith('.tar.zst.partial') && !matches(name));
  const bundles: FoundBundle[] = [];
  const numbers = new Set([...entries.keys(), ...names.map(bundleNumber)]);
  const missing = linesOfUnknown(badLines, numbers).map(asMissing);
  const known = new Set([...names, ...catalog.keys(), ...namedBeside(names)]);
  for (const name of [...known].filter(matches).sort(newestFirst)) {
    const entry = catalog.get(name);
    const flaw = flawOf(join(directory, name));
    if (flaw === undefined) {
      bundles.push(describe(directory, name, entry));
      continue;
    }
    const why = entry === undefined ? whyMissed(name, flaw) : `is in the catalog, and ${flaw}`;
    if (why !== undefined) missing.push({ name, why, manifest: manifestOf(directory, name) });
  }
  if (bundles.length === 0)
    throw new UsageError(`--bundles-dir: no file in ${directory} matches '${pattern}'`, {
      hint: hintFor(missing, unfinished),
    });
  return { bundles, missing, unfinished };
}

function asMissing({ number }: BadLine): MissingBundle {
  return {
    name: `${CATALOG_NAME}:${number}`,
    why: 'is no entry of a catalog, and what it stood for may be missing: remove the line if nothing is',
    manifest: undefined,
  };
}

/**
 * Why a bundle that is neither in the catalog nor present under its own name still counts as
 * missing; undefined if it does not.
 */
function whyMissed(name: string, flaw: string): string | undefined {
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8, by which it cannot be opened: rename it';
  if (flaw === ABSENT) return 'is not in the folder, though its manifest or its .sha256 file is';
  return flaw === DANGLING ? flaw : undefined;
}

function hintFor([missing]: readonly MissingBundle[], [unfinished]: readonly string[]): string {
  if (missing !== undefined) return `${missing.name} ${missing.why}`;
  return unfinished === undefined
    ? 'Check --bundles-dir and --pattern'
    : `${unfinished} is unfinished: let the downloader finish it`;
}

function newestFirst(a: string, b: string): number {
  const byNumber = (bundleNumber(b) ?? 0) - (bundleNumber(a) ?? 0);
  if (byNumber !== 0) return byNumber;
  return a < b ? 1 : -1;
}

function describe(directory: string, name: string, entry: CatalogEntry | undefined): FoundBundle {
  const path = join(directory, name);
  const sums = `${path}.sha256`;
  return {
    name,
    path,
    size: statSync(path).size,
    manifest: manifestOf(directory, name),
    manifestSha256: entry?.manifest_sha256,
    entries: entry?.entries,
    sha256: entry?.sha256,
    sums: flawOf(sums) === undefined ? sums : undefined,
  };
}

function manifestOf(directory: string, name: string): string | undefined {
  const manifest = name.replace(/\.tar\.zst(\.partial)?$/, '.manifest.jsonl$1');
  const path = join(directory, manifest);
  return manifest !== name && flawOf(path) === undefined ? path : undefined;
}

/** Why `path`, or the target of its links, cannot be read as a file; undefined if it can. */
function flawOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined) return stats.isFile() ? undefined : 'is no file in the folder';
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? ABSENT : DANGLING;
  } catch (error) {
    return `cannot be looked at: ${errorMessage(error)}`;
  }
}
