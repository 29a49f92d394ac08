import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { appendToCatalog, BundleFolder, type NewCatalogEntry, readCatalog } from '@crates-mirror/bundle';
import { bundleNumber } from '@crates-mirror/bundle/names';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { type Lock, linkOrCopy, removeTemporaries } from '@crates-mirror/fs-atomic';
import {
  checkMarker,
  hasNoFiles,
  type Layout,
  lockHome,
  mirrorHome,
  prepareHome,
  rememberBundles,
} from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { volumeName } from '../parcel/names.ts';
import type { CrateReceiver, Received } from './crate-receiver.ts';

/** Keeps crate files in their bundles, in a folder that mirror-server and the downloader read. */
export class BundleReceiver implements CrateReceiver {
  readonly #directory: string;
  readonly #mirror: string;
  readonly #logger: Logger;
  #lock: Lock | undefined;

  constructor(mirror: string, directory: string, logger: Logger) {
    this.#mirror = mirror;
    this.#directory = directory;
    this.#logger = logger;
  }

  /**
   * Rejects a folder whose bundles with the same numbers belong to another mirror, or to the
   * downloader.
   */
  check(parcels: readonly FoundParcel[], layout: Layout): void {
    checkMarker(this.#directory, layout);
    const catalog = readCatalog(this.#directory);
    for (const { name, manifest } of parcels)
      for (const { path, sha256 } of manifest.bundles) {
        const there = catalog.get(bundleNumber(path) ?? 0);
        if (there === undefined || there.sha256 === sha256) continue;
        throw new UsageError(
          `--bundles-dir: ${this.#directory} has another bundle by the number of ${path} in ${name}`,
          {
            hint: 'Name a directory for received bundles alone',
          },
        );
      }
  }

  async open(_parcels: readonly FoundParcel[], layout: Layout): Promise<void> {
    this.#lock = lockHome(this.#directory, '--bundles-dir');
    const home = mirrorHome(this.#directory);
    prepareHome(home, layout, [home.temporaryDirectory, home.membersDirectory]);
    removeTemporaries(home.temporaryDirectory);
    if (hasNoFiles(this.#mirror) || this.#isInside()) rememberBundles(this.#mirror, resolve(this.#directory));
  }

  async receive(parcel: FoundParcel, onReceived: (received: Received) => void): Promise<void> {
    const catalog = readCatalog(this.#directory);
    const volumes = volumesOf(parcel);
    for (const entry of parcel.manifest.bundles) {
      const isNew = installBundle(this.#directory, { parcel, volumes, entry });
      if (!catalog.has(bundleNumber(entry.path) ?? 0)) appendToCatalog(this.#directory, entry);
      const { entries, size } = entry;
      onReceived(
        isNew ? { done: entries, existing: 0, bytes: size } : { done: 0, existing: entries, bytes: 0 },
      );
    }
    if (parcel.manifest.bundles.length > 0) await this.#register(parcel.manifest.bundles);
  }

  async publishIndex(): Promise<void> {}

  async close(): Promise<void> {
    this.#lock?.release();
  }

  #isInside(): boolean {
    return resolve(this.#directory).startsWith(`${resolve(this.#mirror)}/`);
  }

  /**
   * Registers the new bundles in the folder. This hashes them in their final place.
   *
   * @throws FatalError if one is not intact
   */
  async #register(bundles: readonly NewCatalogEntry[]): Promise<void> {
    const folder = await BundleFolder.open({
      directory: this.#directory,
      verifyAll: false,
      onNote: (level, message) => this.#logger[level === 'info' ? 'debug' : level](message),
    });
    await folder.close();
    checkHeld(folder, bundles);
  }
}

/** The bundle of a parcel, and the files beside it. */
export interface CarriedBundle {
  readonly parcel: FoundParcel;
  /** See {@link volumesOf}. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly entry: NewCatalogEntry;
}

/**
 * Installs a bundle in a folder, itself last, so that an existing bundle always has its manifest.
 *
 * @returns whether it was new
 */
export function installBundle(directory: string, { parcel, volumes, entry }: CarriedBundle): boolean {
  const { temporaryDirectory } = mirrorHome(directory);
  const isNew = !existsSync(join(directory, entry.path));
  for (const name of [entry.manifest, `${entry.path}.sha256`, entry.path]) {
    const to = join(directory, name);
    const from = join(parcel.directory, volumes.get(name) ?? '', name);
    if (!existsSync(to)) linkOrCopy(from, to, temporaryDirectory);
  }
  return isNew;
}

/** @throws FatalError if one of the bundles is not intact */
export function checkHeld({ directory, held }: BundleFolder, bundles: readonly NewCatalogEntry[]): void {
  const intact = new Set(held);
  const damaged = bundles.find(({ bundle }) => !intact.has(bundle));
  if (damaged === undefined) return;
  throw new FatalError('damaged', `${join(directory, damaged.path)} is damaged`, {
    hint: 'Move it away with the files beside it, and unpack again',
  });
}

/** The volume of each file of a parcel. */
export function volumesOf({ manifest }: FoundParcel): ReadonlyMap<string, string> {
  return new Map(
    manifest.volumes.flatMap(({ files }, i) => files.map(({ name }) => [name, volumeName(i + 1)] as const)),
  );
}
