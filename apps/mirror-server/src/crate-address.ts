import type { WantedFile } from '@crates-mirror/crate-files';
import { indexPrefix, isCrateName, isCrateVersion } from '@crates-mirror/crates-index';
import { isSha256Hex } from '@crates-mirror/hashing';
import { type Layout, parseCratePath } from '@crates-mirror/layout';
import type { Target } from './http/target.ts';

/**
 * No layout is deeper. Trying all combinations of as many segments as fit into a URL takes half a
 * second.
 */
const MAX_SEGMENTS = 32;

/** A crate file as specified by a URL. */
export interface CrateAddress {
  readonly name: string;
  readonly version: string;
  /** The checksum that the client expects, if it specifies one. */
  readonly sha256: string | undefined;
}

/**
 * The `dl` path in config.json. Plain web servers find the same path in the cargo layout, and
 * ignore the query. Because of the query, a URL always stands for the same bytes, even if a version
 * is republished.
 */
export const DL_PATH = '/crates/{lowerprefix}/{crate}-{version}.crate?sha256={sha256-checksum}';

/** The same path for one crate file, percent-encoded. */
export function crateFilePath({ name, version, sha256 }: WantedFile): string {
  const prefix = indexPrefix(name.toLowerCase());
  return `/crates/${prefix}/${name}-${encodeURIComponent(version)}.crate?sha256=${sha256}`;
}

/**
 * Parses a path below `/crates/`: a file name `{crate}-{version}.crate` in any layout,
 * `{crate}/{version}/download` as cargo requests without a template, or a path in the mirror's own
 * layout.
 *
 * @returns undefined if it does not refer to a crate file
 */
export function parseCrateAddress({ segments, query }: Target, layout: Layout): CrateAddress | undefined {
  const path = segments.slice(1);
  const named = parseCratePath(path);
  const crate = named === undefined ? byLayout(path, layout) : { ...named, sha256: undefined };
  const sha256 = wantedChecksum(query) ?? crate?.sha256;
  // A malformed checksum matches no bytes. Ignoring it would give the client other bytes than it
  // requested.
  if (crate === undefined || (sha256 !== undefined && !isSha256Hex(sha256))) return undefined;
  return { ...crate, sha256 };
}

function wantedChecksum(query: string): string | undefined {
  return query === '' ? undefined : new URLSearchParams(query).get('sha256')?.toLowerCase();
}

/**
 * For layouts that have the name and the version in directories, or the checksum in the file name.
 */
function byLayout(path: readonly string[], layout: Layout): CrateAddress | undefined {
  if (path.length > MAX_SEGMENTS) return undefined;
  const sha256 = /[0-9a-f]{64}/.exec(path.at(-1) ?? '')?.[0];
  for (const name of path) {
    if (!isCrateName(name)) continue;
    for (const version of path) {
      if (!isCrateVersion(version)) continue;
      if (layout.pathOf({ name, version, sha256: sha256 ?? '' }) === path.join('/'))
        return { name, version, sha256 };
    }
  }
  return undefined;
}
