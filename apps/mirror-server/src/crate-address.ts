import type { WantedFile } from '@crates-mirror/crate-files';
import { indexPrefix, isCrateName, isCrateVersion } from '@crates-mirror/crates-index';
import { isSha256Hex } from '@crates-mirror/hashing';
import { type Layout, parseCratePath } from '@crates-mirror/layout';
import type { Target } from './http/target.ts';

/** No layout is so deep; what would be tried with all the segments that fit into a URL takes half a second. */
const MAX_SEGMENTS = 32;

/** A crate file as a URL names it. */
export interface CrateAddress {
  readonly name: string;
  readonly version: string;
  /** What the client expects, where it says so. */
  readonly sha256: string | undefined;
}

/**
 * What `dl` says in config.json: a path below the server that web servers find in the cargo layout, too, and a query that
 * they pass over. With it, a URL stands for the same bytes as long as they are served, even where a version was published anew.
 */
export const DL_PATH = '/crates/{lowerprefix}/{crate}-{version}.crate?sha256={sha256-checksum}';

/** The same for one crate file, percent-encoded. */
export function crateFilePath({ name, version, sha256 }: WantedFile): string {
  const prefix = indexPrefix(name.toLowerCase());
  return `/crates/${prefix}/${name}-${encodeURIComponent(version)}.crate?sha256=${sha256}`;
}

/**
 * The crate file that a path below `/crates/` means: in any layout by its name, `{crate}-{version}.crate`, or
 * `{crate}/{version}/download` as cargo asks without a template, or else as the mirror's own layout has it.
 *
 * @returns undefined where it means none
 */
export function parseCrateAddress({ segments, query }: Target, layout: Layout): CrateAddress | undefined {
  const path = segments.slice(1);
  const named = parseCratePath(path);
  const crate = named === undefined ? byLayout(path, layout) : { ...named, sha256: undefined };
  const sha256 = wantedChecksum(query) ?? crate?.sha256;
  // No bytes have a checksum that is none: whoever gave it would take others for those that he has asked for.
  if (crate === undefined || (sha256 !== undefined && !isSha256Hex(sha256))) return undefined;
  return { ...crate, sha256 };
}

function wantedChecksum(query: string): string | undefined {
  return query === '' ? undefined : new URLSearchParams(query).get('sha256')?.toLowerCase();
}

/** Of the mirror's own layouts some have the name and the version in directories, or the checksum in the file's name. */
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
