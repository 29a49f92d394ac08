import type { Bucket } from '@crates-mirror/s3';
import { findObject } from '../bucket/find-object.ts';
import { type ListedEntry, listedEntry, listedObjects } from '../bucket/listed-objects.ts';
import type { BytePath } from '../byte-path.ts';
import type { MetadataFile } from '../inventory/head.ts';
import type { Expected, ExpectedFile } from '../inventory/parse-entry.ts';
import { type ComparisonDeps, NO_CHECKSUM } from './comparison.ts';
import { searched } from './searched.ts';

const UNKNOWN = 'neither the store nor its uploader has recorded its SHA-256: --read compares it';

/**
 * Compares the listing of a bucket with an inventory: sizes, and the checksums that the store has. No
 * content is read, so an object whose checksum is not known could not be compared.
 *
 * @throws AbortError; CodedError if the inventory is damaged; FatalError if the store refuses, or does
 * not answer
 */
export async function compareListing(
  bucket: Bucket,
  entries: Iterator<Expected>,
  deps: ComparisonDeps,
): Promise<void> {
  const { head, skipped, findings, compared, hashing, onAdvance } = deps;
  const { exclusions, metadata } = head;
  const isLeftOut = (path: BytePath): boolean => path !== metadata?.path && exclusions.leavesOut(path);
  const objects = listedObjects(bucket, isLeftOut);
  for await (const pair of searched(objects, entries, (path) => unlisted(bucket, path))) {
    hashing.signal.throwIfAborted();
    const { expected } = pair;
    const entry = pair.walked ?? pair.found;
    if (entry === undefined) findings.add('missing', expected?.path);
    else if (entry.kind === 'skipped') {
      if (expected === undefined && skipped.advanceTo(entry.path) && !entry.isUnreadable)
        compared.skipped += 1;
      else findings.add('unreadable', entry.path, entry.reason);
    } else if (entry.kind === 'listed') {
      const isMetadata = expected === undefined && entry.path === metadata?.path;
      compare(entry, isMetadata ? expectedOf(metadata) : expected, deps);
      onAdvance();
    } else if (expected !== undefined)
      findings.add('changed', entry.path, `is a ${entry.kind}, was a ${expected.kind}`);
  }
}

async function unlisted(
  bucket: Bucket,
  path: BytePath,
): Promise<Awaited<ReturnType<typeof listedEntry>> | undefined> {
  const found = await findObject(bucket, path);
  return found === undefined ? undefined : listedEntry(bucket, found);
}

function expectedOf({ path, size, sha256 }: MetadataFile): ExpectedFile {
  return { kind: 'file', path, size, sha256, blake3: undefined, isDoubtful: false };
}

function compare(listed: ListedEntry, expected: Expected | undefined, deps: ComparisonDeps): void {
  const { findings, skipped, compared } = deps;
  const { path, size, sha256, problem } = listed;
  if (expected === undefined) {
    findings.add('extra', path, skipped.advanceTo(path) ? 'was skipped' : '');
    return;
  }
  if (expected.kind === 'symlink') {
    findings.add('changed', path, 'is a file, was a symlink');
    return;
  }
  compared.files += 1;
  compared.bytes += size;
  if (expected.isDoubtful) compared.doubtful += 1;
  if (expected.size !== size) findings.add('changed', path, `has ${size} bytes, had ${expected.size}`);
  else if (problem !== undefined) findings.add('unreadable', path, problem);
  else if (expected.sha256 === undefined) findings.add('unreadable', path, NO_CHECKSUM);
  else if (sha256 === undefined) findings.add('unreadable', path, UNKNOWN);
  else if (sha256 !== expected.sha256) findings.add('changed', path, 'has other content');
}
