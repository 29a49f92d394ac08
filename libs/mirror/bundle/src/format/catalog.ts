import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { damaged } from './bundle-error.ts';
import { bundleId, bundleNumber, CATALOG_NAME, isFinalName } from './names.ts';

const SCHEMA_VERSION = 1;
/** The start of every entry's line. */
export const ENTRY_START: string = `{"schema_version":${SCHEMA_VERSION},"bundle":"bundle-`;
const MAX_LINE = 64 * 1024;

/** A finished bundle, as one line of the catalog. File names are relative to the catalog. */
export interface CatalogEntry {
  readonly schema_version: number;
  /** The bundle's id in the downloader's records: `bundle-0007`. */
  readonly bundle: string;
  readonly path: string;
  readonly manifest: string;
  /** Names of the first and the last crate in it, by order of arrival. */
  readonly first_crate: string;
  readonly last_crate: string;
  /** Number of members. */
  readonly entries: number;
  /** bytes of the file */
  readonly size: number;
  /** bytes of tar in it */
  readonly tar_size: number;
  /** of the file, lower-case hex */
  readonly sha256: string;
  /** of the bundle's manifest */
  readonly manifest_sha256: string;
  /** ISO 8601, UTC */
  readonly finished_at: string;
}

export type NewCatalogEntry = Omit<CatalogEntry, 'schema_version'>;

/** A line of the catalog. */
export function encodeEntry(entry: NewCatalogEntry): string {
  return `${JSON.stringify({ schema_version: SCHEMA_VERSION, ...entry })}\n`;
}

/** Adds a finished bundle. The entry is on disk when this returns. */
export function appendToCatalog(directory: string, entry: NewCatalogEntry): void {
  const writer = new ManifestWriter(join(directory, CATALOG_NAME));
  try {
    writer.append(Buffer.from(encodeEntry(entry)));
  } finally {
    writer.close();
  }
}

/**
 * The finished bundles of a folder by number; empty if there is no catalog. If a bundle has several
 * lines, the last one wins.
 *
 * @param onBadLine called with the 1-based number and the beginning of a line that is not an entry
 * (for instance, torn by a power failure)
 * @throws BundleError if the catalog is not a regular file; the system error otherwise
 */
export function readCatalog(
  directory: string,
  onBadLine: (line: number, text: string) => void = () => {},
): Map<number, CatalogEntry> {
  const path = join(directory, CATALOG_NAME);
  const entries: [number, CatalogEntry][] = [];
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return new Map();
  // Reading a pipe would block.
  if (!stats.isFile()) throw damaged(`${path} is no file`);
  for (const { number, text, isTooLong } of readLines(path, MAX_LINE)) {
    if (text === '') continue;
    const entry = isTooLong ? undefined : parseEntry(text);
    if (entry === undefined) onBadLine(number, text);
    else entries.push([bundleNumber(entry.path) as number, entry]);
  }
  return new Map([...new Map(entries)].sort(([a], [b]) => a - b));
}

/** @returns undefined for anything but an entry of this schema */
export function parseEntry(line: string): CatalogEntry | undefined {
  let value: Partial<CatalogEntry> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  if (value === null || value.schema_version !== SCHEMA_VERSION) return undefined;
  const names = [value.path, value.manifest];
  const counts = [value.entries, value.size, value.tar_size];
  const isEntry =
    names.every((name) => isFileOf(value.bundle, name)) &&
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0) &&
    isSha256Hex(value.sha256) &&
    isSha256Hex(value.manifest_sha256);
  return isEntry ? (value as CatalogEntry) : undefined;
}

/** A catalog is untrusted: the files it names must be beside it and belong to the same bundle. */
function isFileOf(bundle: unknown, name: unknown): boolean {
  if (typeof name !== 'string' || !isFinalName(name)) return false;
  return bundle === bundleId(bundleNumber(name) as number);
}
