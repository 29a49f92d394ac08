import { setImmediate as pause } from 'node:timers/promises';
import { CRATES, listInParallel } from '@crates-mirror/bucket-mirror';
import { readMembers } from '@crates-mirror/bundle/reading';
import { parseCratePath } from '@crates-mirror/layout';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import type { StoredBundles } from './stored-bundles.ts';

const LISTINGS = 8;
/** Members after which other work of the process has its turn. */
const MEMBERS_AT_ONCE = 1000;

/** A crate file that was counted. */
export interface CountedCrate {
  readonly name: string;
  readonly version: string;
  /** bytes */
  readonly size: number;
  /** When it was written, ms since the epoch; 0 if that is not known. */
  readonly at: number;
}

/** Counts the crate files of a mirror in an object store, without a request for each. */
export class StoredStats {
  readonly #bucket: Bucket;
  readonly #bundles: StoredBundles;

  constructor(bucket: Bucket, bundles: StoredBundles) {
    this.#bucket = bucket;
    this.#bundles = bundles;
  }

  /**
   * Calls `take` for each crate file, in no particular order. One that is loose and in a bundle is
   * counted twice.
   *
   * @throws FatalError if the store cannot be listed
   */
  async count(take: (crate: CountedCrate) => void): Promise<void> {
    await listInParallel(this.#bucket, CRATES, LISTINGS, (objects) => {
      for (const object of objects) takeLoose(object, take);
    });
    for (const manifest of await this.#bundles.manifests()) {
      let count = 0;
      for (const { name, version, size } of readMembers(manifest)) {
        take({ name, version, size, at: 0 });
        count += 1;
        if (count % MEMBERS_AT_ONCE === 0) await pause();
      }
    }
  }
}

function takeLoose({ key, size, modifiedAt = 0 }: ListedObject, take: (crate: CountedCrate) => void): void {
  // A name with a space is the second name of a version with build metadata.
  if (key.includes(' ')) return;
  const crate = parseCratePath(key.slice(CRATES.length).split('/'));
  if (crate !== undefined) take({ ...crate, size, at: modifiedAt });
}
