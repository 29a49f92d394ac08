import { CRATES } from '@crates-mirror/bucket-mirror';
import {
  ABSENT,
  type LookupResult,
  type LoosePlace,
  type LooseSource,
  type OpenCrateFile,
  type PathState,
  type WantedFile,
} from '@crates-mirror/crate-files';
import { CodedError, errorCode } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import type { ObjectChecksums } from './object-checksums.ts';
import type { StoreWitness } from './store-witness.ts';
import { VersionListings } from './version-listings.ts';

/** Bytes that are requested at once. */
const PART = 8 << 20;
/** An index file that names missing files is made anew after this time. ms */
const LOOKED_AGAIN_MS = 2000;

export interface StoredCratesDeps {
  readonly bucket: Bucket;
  readonly layout: Layout;
  readonly checksums: ObjectChecksums;
  readonly witness: StoreWitness;
}

/**
 * The loose crate files of a mirror in an object store. Which ones there are is known from a
 * listing of the crate's versions. An object is believed to be what its writer noted: its bytes are
 * verified when they are read.
 */
export class StoredCrates implements LooseSource {
  readonly #deps: StoredCratesDeps;
  readonly #listings: VersionListings;
  /** Incremented when an object is not what a listing said. */
  #changes = 0;

  constructor(deps: StoredCratesDeps) {
    this.#deps = deps;
    this.#listings = new VersionListings(deps.bucket, deps.layout);
  }

  get additions(): number {
    return Math.floor(performance.now() / LOOKED_AGAIN_MS);
  }

  checkThere(): Promise<void> {
    return this.#deps.witness.check();
  }

  async find(wanted: WantedFile): Promise<LookupResult> {
    const { bucket, layout, checksums } = this.#deps;
    const key = CRATES + layout.pathOf(wanted);
    const object = await this.#listings.find(wanted, key);
    if (object === undefined) return ABSENT;
    const sha256 = await checksums.of(wanted.name, object);
    if (sha256 !== undefined && sha256 !== wanted.sha256) return { kind: 'outdated' };
    const { size, etag, modifiedAt = 0 } = object;
    const placed = { key, etag, isConfirmed: sha256 !== undefined };
    return {
      kind: 'held',
      place: { kind: 'loose', path: bucket.describe(key), size, mtimeMs: modifiedAt, object: placed },
    };
  }

  async open({ size, object }: LoosePlace): Promise<OpenCrateFile> {
    const { bucket } = this.#deps;
    if (object === undefined) throw new CodedError('gone', 'it is in no object store');
    const read = this.#read.bind(this);
    return {
      size,
      read: ({ start, end }) => read(bucket, object, start, end),
      close: () => {},
    };
  }

  /** Versions come and go with a change of their index file, or unannounced: {@link additions}. */
  directoryOf(): string {
    return '';
  }

  async stateOf(): Promise<PathState> {
    return { key: String(this.#changes), changedAt: 0 };
  }

  async *#read(
    bucket: Bucket,
    { key, etag }: Pick<ListedObject, 'key' | 'etag'>,
    start: number,
    end: number,
  ): AsyncGenerator<Buffer> {
    for (let at = start; at <= end; at += PART) {
      const last = Math.min(end, at + PART - 1);
      try {
        yield await bucket.getRange(key, at, last, etag);
      } catch (error) {
        if (['gone', 'changed'].includes(errorCode(error))) this.#forget(key);
        throw error;
      }
    }
  }

  #forget(key: string): void {
    this.#changes += 1;
    this.#listings.forget(key);
  }
}
