import { join } from 'node:path';
import type { CatalogEntry } from '@crates-mirror/bundle/reading';
import type { BundleReader } from './bundle-reader.ts';
import { MemberTable } from './member-table.ts';

/** Bundles that are in a catalog but are missing or do not match it. */
export interface LostBundles {
  /** File names, and catalog lines that are not entries. */
  readonly names: readonly string[];
  /** Bundles whose contents are unknown, because no manifest lists them. */
  readonly unknown: readonly { readonly name: string; readonly members: number }[];
  /**
   * Whether a bundle with a manifest held the bytes with this SHA-256. Others may hold them too.
   */
  has(sha256: string): boolean;
  /**
   * The contents of the bundles with a manifest as a MemberTable's memory, for another thread;
   * undefined if empty.
   */
  readonly memory: SharedArrayBuffer | undefined;
}

export const NOTHING_LOST: LostBundles = { names: [], unknown: [], has: () => false, memory: undefined };

/**
 * Reads the manifests of lost bundles.
 *
 * @param traces traces of bundles without a catalog entry
 */
export async function readLostBundles(
  directory: string,
  lost: readonly CatalogEntry[],
  traces: readonly string[],
  reader: BundleReader,
): Promise<LostBundles> {
  if (lost.length + traces.length === 0) return NOTHING_LOST;
  const table = new MemberTable();
  // The number of members is unknown, but at least one.
  const unknown = traces.map((name) => ({ name, members: 1 }));
  for (const { path, manifest, manifest_sha256: manifestSha256, entries } of lost) {
    try {
      const file = join(directory, manifest);
      table.add((await reader.read({ kind: 'manifest', manifest: file, manifestSha256 })).rows, 0);
    } catch {
      unknown.push({ name: path, members: entries });
    }
  }
  return {
    names: [...lost.map(({ path }) => path), ...traces],
    unknown,
    has: (sha256) => table.find(sha256) !== undefined,
    memory: table.memory,
  };
}
