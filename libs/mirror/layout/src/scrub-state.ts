import { readFileSync, statSync } from 'node:fs';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { markerOf, mirrorHome } from './mirror-home.ts';

/** Number of parts, of about equal size, in which a mirror is scrubbed. */
export const SCRUB_PARTS = 1024;
const FORMAT_VERSION = 1;

/** When each part was last completely read and compared, s since the epoch; 0 for never. */
export type ScrubTimes = readonly number[];

/** @param name an index file's path, or a bundle's id */
export function scrubPartOf(name: string): number {
  return process.getBuiltinModule('node:zlib').crc32(name) % SCRUB_PARTS;
}

/**
 * Reads when each part was scrubbed. A state that is missing, damaged or of another format counts
 * as never scrubbed.
 */
export function readScrubTimes(root: string): ScrubTimes {
  try {
    const state: unknown = JSON.parse(readFileSync(mirrorHome(root).scrubFile, 'utf8'));
    const { format_version: version, verified_at: times } = Object(state);
    if (version === FORMAT_VERSION && isTimes(times)) return times;
  } catch {
    // Verifying files again does no harm.
  }
  return Array.from({ length: SCRUB_PARTS }, () => 0);
}

function isTimes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length === SCRUB_PARTS && value.every(Number.isSafeInteger);
}

/** @throws the system error */
export function writeScrubTimes(root: string, times: ScrubTimes): void {
  const { scrubFile, temporaryDirectory } = mirrorHome(root);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, verified_at: times });
  writeFileAtomic(scrubFile, `${text}\n`, { temporaryDirectory });
}

/**
 * Lower bound for the time at which every file of the mirror was last verified, s since the epoch.
 * A file that was never scrubbed was verified when it was mirrored, which was not before the mirror
 * was created.
 *
 * @returns undefined if there is no mirror
 */
export function oldestVerification(
  root: string,
  times: ScrubTimes = readScrubTimes(root),
): number | undefined {
  const begun = statSync(markerOf(root), { throwIfNoEntry: false });
  return begun === undefined ? undefined : Math.max(Math.floor(begun.mtimeMs / 1000), Math.min(...times));
}
