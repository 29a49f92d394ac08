import { join } from 'node:path';
import type { CatalogEntry } from '@crates-mirror/bundle/reading';
import type { BundleReader } from './bundle-reader.ts';
import { MemberTable } from './member-table.ts';

/** Bundles that a catalog has, and that are missing or not what it says. */
export interface LostBundles {
  /** File names, and lines of the catalog that are no entries. */
  readonly names: readonly string[];
  /** Those of which no manifest tells any more what was in them. */
  readonly unknown: readonly { readonly name: string; readonly members: number }[];
  /** Whether the bytes with this SHA-256 were in one of the others; they may be in another bundle too. */
  has(sha256: string): boolean;
  /** For another thread: what was in those, as a MemberTable's memory; undefined where there is nothing. */
  readonly memory: SharedArrayBuffer | undefined;
}

export const NOTHING_LOST: LostBundles = { names: [], unknown: [], has: () => false, memory: undefined };

/**
 * Reads what the manifests of lost bundles tell.
 *
 * @param traces of others that no entry of the catalog tells of
 */
export async function readLostBundles(
  directory: string,
  lost: readonly CatalogEntry[],
  traces: readonly string[],
  reader: BundleReader,
): Promise<LostBundles> {
  if (lost.length + traces.length === 0) return NOTHING_LOST;
  const table = new MemberTable();
  // Nobody knows how many members they had: one at least.
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
