import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BucketPlace } from '@crates-mirror/bucket-mirror';
import type { BundleShelf } from '@crates-mirror/bucket-mirror/bundles';
import { STATE } from '@crates-mirror/bucket-mirror/keys';
import { type OpenBucketMirror, openBucketMirror } from '@crates-mirror/bucket-writer';
import { appendToCatalog, BundleFolder } from '@crates-mirror/bundle';
import { bundleNumber } from '@crates-mirror/bundle/names';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { type Layout, mirrorHome, prepareHome } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { Bucket, usable } from '@crates-mirror/s3';
import { plainSelection } from '@crates-mirror/selection/selector';
import type { UnpackOptions } from '../../options.ts';
import type { FoundParcel } from '../../parcel/find-parcels.ts';
import { encodeReceived, parseReceived, type ReceivedRecord } from '../../state/received.ts';
import type { CrateReceiver, Received } from '../crate-receiver.ts';
import { type CarriedBundle, checkHeld, installBundle, volumesOf } from '../install-bundles.ts';

const RECEIVED = `${STATE}carrier/received.json`;

/** What {@link StoreReceiver.open} opens. */
interface Opened {
  readonly mirror: OpenBucketMirror;
  readonly shelf: BundleShelf;
}

/**
 * Keeps crate files in their bundles, in an object store. A bundle is copied to the local directory
 * first. It is removed there once it is stored, and its members are recorded from its manifest.
 */
export class StoreReceiver implements CrateReceiver {
  readonly #place: BucketPlace;
  readonly #options: UnpackOptions;
  readonly #logger: Logger;
  readonly #directory: string;
  #opened: Opened | undefined;
  #held: readonly string[] = [];

  constructor(place: BucketPlace, options: UnpackOptions, logger: Logger) {
    this.#place = place;
    this.#options = options;
    this.#logger = logger;
    this.#directory = join(options.mirror, 'bundles');
  }

  check(): void {}

  /** @throws UsageError if a bundle in the store has the number of another one in a parcel */
  async open(parcels: readonly FoundParcel[], layout: Layout): Promise<void> {
    const home = mirrorHome(this.#directory);
    prepareHome(home, layout, [home.temporaryDirectory, home.membersDirectory]);
    const cache = this.#options.mirror;
    const mirror = await openBucketMirror(
      this.#place,
      layout,
      { option: '--mirror', cache, requireExisting: false, isBundled: true, shard: undefined },
      this.#logger,
    );
    if (mirror.isNew) this.#logger.info(`new mirror at ${this.#place.name}`);
    const { shelf } = await mirror.openBundles(this.#directory).catch(async (error: unknown) => {
      await mirror.release();
      throw error;
    });
    this.#opened = { mirror, shelf };
    for (const { name, manifest } of parcels)
      for (const { path, sha256 } of manifest.bundles) {
        const there = shelf.find(bundleNumber(path) ?? 0);
        if (there === undefined || there.sha256 === sha256) continue;
        throw new UsageError(
          `--mirror: ${this.#place.name} has another bundle by the number of ${path} in ${name}`,
          {
            hint: 'Name a prefix for received bundles alone',
          },
        );
      }
    await shelf.storeLeft((await this.#register()).held);
  }

  async receive(parcel: FoundParcel, onReceived: (received: Received) => void): Promise<void> {
    const { shelf } = this.#open;
    const volumes = volumesOf(parcel);
    for (const entry of parcel.manifest.bundles) {
      const { entries, size } = entry;
      const isStored = shelf.isStored(entry);
      if (!isStored) await this.#store({ parcel, volumes, entry });
      onReceived(
        isStored ? { done: 0, existing: entries, bytes: 0 } : { done: entries, existing: 0, bytes: size },
      );
    }
    await shelf.done();
    // Once for all bundles: it reads all manifests.
    checkHeld(await this.#register(), parcel.manifest.bundles);
  }

  /** Does nothing unless the mirror publishes an index. */
  async publishIndex({ manifest }: FoundParcel, stopped: AbortSignal): Promise<void> {
    await this.#open.mirror.publish(
      {
        source: { directory: this.#options.indexDir, only: undefined },
        selection: plainSelection(true),
        layout: manifest.layout,
        shard: undefined,
        members: { directory: this.#directory, held: this.#held },
        allowMassRemoval: this.#options.allowMassRemoval,
      },
      stopped,
    );
  }

  /** Waits for the bundle that is being stored, because the lock is what keeps other writers out. */
  async close(): Promise<void> {
    // A failure has ended the run, or the next one stores the bundle.
    await this.#opened?.shelf.done().catch(() => {});
    await this.#opened?.mirror.release();
  }

  /** Stores a small object of the tools' own. */
  async storeState(key: string, text: string): Promise<void> {
    await this.#open.mirror.storeState(key, text);
  }

  get #open(): Opened {
    if (this.#opened === undefined) throw new Error('not open');
    return this.#opened;
  }

  /**
   * Begins to store a bundle. Its checksum is compared while it is sent.
   *
   * @throws FatalError if its manifest is not intact, or an earlier bundle could not be stored
   */
  async #store(carried: CarriedBundle): Promise<void> {
    const { shelf } = this.#open;
    const { entry } = carried;
    const manifest = join(this.#directory, entry.manifest);
    // Whole bundles that an earlier run has left here are stored by now.
    for (const path of [join(this.#directory, entry.path), manifest]) rmSync(path, { force: true });
    installBundle(this.#directory, carried);
    if (sha256File(manifest).sha256 !== entry.manifest_sha256)
      throw new FatalError('changed', `the manifest of ${entry.path} has changed since it was checked`, {
        hint: 'Find out who writes to the medium; then run again, which goes on',
      });
    if (shelf.find(bundleNumber(entry.path) ?? 0) === undefined) appendToCatalog(this.#directory, entry);
    await shelf.add(entry);
  }

  /** Records the members of bundles that are stored, or left here by an earlier run and intact. */
  async #register(): Promise<BundleFolder> {
    const { shelf } = this.#open;
    const folder = await BundleFolder.open({
      directory: this.#directory,
      verifyAll: false,
      isElsewhere: (entry) => shelf.isStored(entry),
      onNote: (level, message) => this.#logger[level === 'info' ? 'debug' : level](message),
    });
    await folder.close();
    this.#held = folder.held;
    return folder;
  }
}

/** The record of a mirror in an object store. It can be read before the mirror is opened. */
export function storedRecord(place: BucketPlace, receiver: StoreReceiver): ReceivedRecord {
  const { address, s3 } = place;
  return {
    read: async () => {
      const bucket = new Bucket({ address, options: s3, environment: process.env, connections: 1 });
      try {
        const object = await usable('--mirror', () => bucket.get(RECEIVED));
        return object && parseReceived(object.body.toString('utf8'), bucket.describe(RECEIVED));
      } finally {
        await bucket.close();
      }
    },
    write: (received) => receiver.storeState(RECEIVED, encodeReceived(received)),
  };
}
