import { compareVersionTexts, isPreRelease } from '@crates-mirror/semver';
import type { IndexedVersion } from '@crates-mirror/sparse-index';
import { type IndexLine, readIndexLine } from './index-line.ts';

/** A version that the mirror holds. */
export interface HeldVersion {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its crate file. */
  readonly checksum: string;
  readonly yanked: boolean;
  /** Bytes of its crate file. */
  readonly size: number;
  readonly line: IndexLine;
}

/** A crate of which the mirror holds at least one version. */
export interface CrateFacts {
  /** In order of publication. */
  readonly versions: readonly HeldVersion[];
  readonly newest: HeldVersion;
  /** The highest version that is not yanked, otherwise the highest. */
  readonly max: HeldVersion;
  /** The highest version that is neither yanked nor a pre-release. */
  readonly maxStable: HeldVersion | undefined;
  /** The version whose manifest describes the crate: `maxStable`, otherwise `max`. */
  readonly main: HeldVersion;
}

/**
 * @param all all versions of a crate in the index, oldest first
 * @returns undefined if none is held
 */
export function crateFacts(all: readonly IndexedVersion[]): CrateFacts | undefined {
  const versions = all.flatMap(heldVersion);
  const newest = versions.at(-1);
  if (newest === undefined) return undefined;
  const current = versions.filter(({ yanked }) => !yanked);
  const maxStable = highest(current.filter(({ version }) => !isPreRelease(version)));
  const max = highest(current) ?? highest(versions) ?? newest;
  return { versions, newest, max, maxStable, main: maxStable ?? max };
}

function heldVersion({ entry, line, place }: IndexedVersion): HeldVersion[] {
  if (place === undefined) return [];
  const { name, version, cksum, yanked } = entry;
  return [{ name, version, checksum: cksum, yanked, size: place.size, line: readIndexLine(line) }];
}

/** Among versions that differ only in build metadata, the one published last. */
function highest(versions: readonly HeldVersion[]): HeldVersion | undefined {
  let best: HeldVersion | undefined;
  for (const one of versions)
    if (best === undefined || compareVersionTexts(one.version, best.version) >= 0) best = one;
  return best;
}
