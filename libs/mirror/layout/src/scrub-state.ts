import { readFileSync, statSync } from 'node:fs';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { markerOf, mirrorHome } from './mirror-home.ts';

/** A mirror is scrubbed in so many parts of about the same size. */
export const SCRUB_PARTS = 1024;
const FORMAT_VERSION = 1;

/** When each part was last read and compared as a whole, s since the epoch; 0 where that never was. */
export type ScrubTimes = readonly number[];

/** @param name an index file's path, or a bundle's id */
export function scrubPartOf(name: string): number {
  return process.getBuiltinModule('node:zlib').crc32(name) % SCRUB_PARTS;
}

/** A state that is missing, damaged or of another format is one of a mirror that was never scrubbed. */
export function readScrubTimes(root: string): ScrubTimes {
  try {
    const state: unknown = JSON.parse(readFileSync(mirrorHome(root).scrubFile, 'utf8'));
    const { format_version: version, verified_at: times } = Object(state);
    if (version === FORMAT_VERSION && isTimes(times)) return times;
  } catch {
    // What was verified is verified again, which does no harm.
  }
  return Array.from({ length: SCRUB_PARTS }, () => 0);
}

function isTimes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length === SCRUB_PARTS && value.every(Number.isSafeInteger);
}

/** @throws the system's error */
export function writeScrubTimes(root: string, times: ScrubTimes): void {
  const { scrubFile, temporaryDirectory } = mirrorHome(root);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, verified_at: times });
  writeFileAtomic(scrubFile, `${text}\n`, { temporaryDirectory });
}

/**
 * The oldest time at which a file of the mirror may have been verified last, s since the epoch. What was never scrubbed was
 * verified when it was mirrored, which is not before the mirror was begun.
 *
 * @returns undefined where there is no mirror
 */
export function oldestVerification(
  root: string,
  times: ScrubTimes = readScrubTimes(root),
): number | undefined {
  const begun = statSync(markerOf(root), { throwIfNoEntry: false });
  return begun === undefined ? undefined : Math.max(Math.floor(begun.mtimeMs / 1000), Math.min(...times));
}
