import {
  bundleNumber,
  CATALOG_NAME,
  type CatalogEntry,
  encodeEntry,
  parseEntry,
} from '@crates-mirror/bundle';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Bucket } from '@crates-mirror/s3';
import { BUNDLES, headersOf } from '../keys.ts';

/** The key of the catalog of all bundles of a mirror. */
export const CATALOG: string = BUNDLES + CATALOG_NAME;

export interface ParsedCatalog {
  /** By number, in the order of numbers. */
  readonly entries: Map<number, CatalogEntry>;
  /** 1-based numbers of lines that are no entries. */
  readonly badLines: readonly number[];
}

/** If a bundle has several lines, the last one wins. */
export function parseCatalog(text: string): ParsedCatalog {
  const entries: [number, CatalogEntry][] = [];
  const badLines: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const entry = parseEntry(line);
    if (entry === undefined) badLines.push(i + 1);
    else entries.push([numberOf(entry), entry]);
  }
  return { entries: inOrder(entries), badLines };
}

export function numberOf({ path }: CatalogEntry): number {
  return bundleNumber(path) ?? 0;
}

export function inOrder(entries: Iterable<readonly [number, CatalogEntry]>): Map<number, CatalogEntry> {
  return new Map([...new Map(entries)].sort(([a], [b]) => a - b));
}

export function encodeCatalog(entries: ReadonlyMap<number, CatalogEntry>): string {
  return Array.from(entries.values(), encodeEntry).join('');
}

/** @throws FatalError if the store refuses */
export async function putCatalog(
  bucket: Pick<Bucket, 'put'>,
  entries: ReadonlyMap<number, CatalogEntry>,
): Promise<void> {
  const bytes = Buffer.from(encodeCatalog(entries));
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(CATALOG, body, headersOf(CATALOG));
}
