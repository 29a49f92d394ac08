import type { Bucket } from '@crates-mirror/s3';
import { shownPath } from '../byte-path.ts';
import { endIfFailFast } from '../fail-fast.ts';
import type { Hashed, HashingDeps } from '../hash-directory.ts';
import type { HasherOptions } from '../options.ts';
import { type ListedEntry, listedObjects } from './listed-objects.ts';

/** Of an object without a checksum. */
const UNKNOWN = 'neither the store nor its uploader has recorded its SHA-256: --read computes it';

/** The objects of a bucket, counted by who has determined their SHA-256. */
export interface Listing {
  /** `s3://bucket/prefix` */
  readonly of: string;
  store: number;
  uploader: number;
  none: number;
}

/**
 * Makes an inventory of a bucket from its listing and the checksums that the store has. Nothing is
 * hashed, and the inventory says of each checksum where it comes from.
 *
 * @param counts is added to
 * @throws AbortError; FatalError if the store refuses, or does not answer; the system's error from an
 * output
 */
export async function listBucket(
  bucket: Bucket,
  counts: Listing,
  options: Pick<HasherOptions, 'failFast'>,
  { exclusions, inventory, report, logger, signal, onAdvance }: Omit<HashingDeps, 'archive'>,
): Promise<Hashed> {
  const isLogged = logger.isLevelEnabled('debug');
  for await (const entry of listedObjects(bucket, (path) => exclusions.leavesOut(path))) {
    signal.throwIfAborted();
    if (entry.kind === 'directory') report.directories += 1;
    if (entry.kind === 'skipped') {
      report.skip(entry.path, entry.reason);
      inventory.skip(entry.path, entry.reason);
      endIfFailFast(options, entry.path, entry.reason);
    }
    if (entry.kind !== 'listed') continue;
    const { path, size, sha256, sha256From } = entry;
    const problem = problemOf(entry);
    inventory.addListed({ ...entry, problem });
    counts[sha256From ?? 'none'] += 1;
    report.files += 1;
    report.bytes += size;
    if (isLogged) logger.debug({ path: shownPath(path), sha256, from: sha256From }, 'listed');
    if (problem !== undefined) {
      report.doubt(path, problem);
      endIfFailFast(options, path, problem);
    }
    onAdvance();
  }
  return { digests: new Map(), newest: 0 };
}

function problemOf({ sha256, problem }: ListedEntry): string | undefined {
  return problem ?? (sha256 === undefined ? UNKNOWN : undefined);
}
