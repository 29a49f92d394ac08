import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { appendToCatalog, BundleFolder, type CatalogEntry, readCatalog } from '@crates-mirror/bundle';
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

  open(layout: Layout): void {
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
      const isNew = this.#install(parcel, volumes, entry.path, entry.manifest);
      if (!catalog.has(bundleNumber(entry.path) ?? 0)) appendToCatalog(this.#directory, entry);
      const { entries, size } = entry;
      onReceived(
        isNew ? { done: entries, existing: 0, bytes: size } : { done: 0, existing: entries, bytes: 0 },
      );
    }
    if (parcel.manifest.bundles.length > 0) await this.#register(parcel.manifest.bundles);
  }

  close(): void {
    this.#lock?.release();
  }

  #isInside(): boolean {
    return resolve(this.#directory).startsWith(`${resolve(this.#mirror)}/`);
  }

  /**
   * Installs the bundle itself last, so that an existing bundle always has its manifest.
   *
   * @returns whether it was new
   */
  #install(
    parcel: FoundParcel,
    volumes: ReadonlyMap<string, string>,
    bundle: string,
    manifest: string,
  ): boolean {
    const { temporaryDirectory } = mirrorHome(this.#directory);
    const isNew = !existsSync(join(this.#directory, bundle));
    for (const name of [manifest, `${bundle}.sha256`, bundle]) {
      const to = join(this.#directory, name);
      const from = join(parcel.directory, volumes.get(name) ?? '', name);
      if (!existsSync(to)) linkOrCopy(from, to, temporaryDirectory);
    }
    return isNew;
  }

  /**
   * Registers the new bundles in the folder. This hashes them in their final place.
   *
   * @throws FatalError if one is not intact
   */
  async #register(bundles: readonly Pick<CatalogEntry, 'bundle' | 'path'>[]): Promise<void> {
    const folder = await BundleFolder.open({
      directory: this.#directory,
      verifyAll: false,
      onNote: (level, message) => this.#logger[level === 'info' ? 'debug' : level](message),
    });
    await folder.close();
    const held = new Set(folder.held);
    const damaged = bundles.find(({ bundle }) => !held.has(bundle));
    if (damaged === undefined) return;
    throw new FatalError('damaged', `${join(this.#directory, damaged.path)} is damaged`, {
      hint: 'Move it away with the files beside it, and unpack again',
    });
  }
}

/** The volume of each file of a parcel. */
export function volumesOf({ manifest }: FoundParcel): ReadonlyMap<string, string> {
  return new Map(
    manifest.volumes.flatMap(({ files }, i) => files.map(({ name }) => [name, volumeName(i + 1)] as const)),
  );
}
