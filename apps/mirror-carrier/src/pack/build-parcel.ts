import { readFileSync } from 'node:fs';
import type { CrateFiles, Place, WantedFile } from '@crates-mirror/crate-files';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { Layout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { breathe } from '@crates-mirror/loose-tree';
import type { IndexSnapshot } from '../index/index-snapshot.ts';
import { checkMassRemoval } from '../index/mass-removal.ts';
import { encodeManifest, FORMAT_VERSION, PARCEL_KIND, type ParcelManifest } from '../parcel/manifest.ts';
import { MANIFEST_NAME, NOT_HELD_NAME, SUMS_NAME, volumeName } from '../parcel/names.ts';
import { sumLine } from '../parcel/sums.ts';
import type { Report } from '../report.ts';
import type { PackedParcel } from '../state/packed.ts';
import { CratePacker } from './crate-packer.ts';
import { IndexPacker } from './index-packer.ts';
import { type ChangeSink, selectChanges } from './selection.ts';
import type { Staging } from './staging.ts';
import { bundleUnit, layVolumes, planVolumes } from './volumes.ts';

const BUNDLES = 'bundles';
/** A bundle has no more, so that it fits onto any file system. bytes */
const MAX_BUNDLE = 1e9;
/** A volume holds so many bundles, so that little of it stays empty. */
const BUNDLES_IN_VOLUME = 8;

export interface ParcelParts {
  readonly mirror: string;
  readonly mirrorId: string;
  readonly snapshot: IndexSnapshot;
  readonly files: CrateFiles;
  readonly layout: Layout;
  readonly base: PackedParcel | undefined;
  readonly packedAt: Date;
  /** bytes; 0 for one volume of any size */
  readonly volumeSize: number;
  readonly allowMassRemoval: boolean;
  readonly indexDir: string;
  /** Whether a version is left out though the mirror holds it. */
  readonly isLeftOut: (wanted: WantedFile) => boolean;
  readonly logger: Logger;
  readonly report: Report;
  /** Thrown where the user has asked to stop. */
  readonly checkStopped: () => void;
  readonly onAdvance: () => void;
}

/** A parcel that is whole but for its signature and its name. */
export interface BuiltParcel {
  readonly manifest: ParcelManifest;
  /** SHA-256 of the manifest. */
  readonly id: string;
  /** The list of what is not held, within the staging directory. */
  readonly notHeld: string | undefined;
}

/**
 * Makes a parcel of what has changed, in a staging directory.
 *
 * @returns undefined where nothing has
 * @throws UsageError where the index cannot be read or too much of it is gone; FatalError
 */
export async function buildParcel(parts: ParcelParts, staging: Staging): Promise<BuiltParcel | undefined> {
  const { mirror, files, layout, base, packedAt, volumeSize, report } = parts;
  const share = volumeSize === 0 ? MAX_BUNDLE : Math.floor(volumeSize / BUNDLES_IN_VOLUME);
  const bundleSize = Math.min(MAX_BUNDLE, share);
  const firstNumber = base?.manifest.next_bundle ?? 1;
  const bundles = staging.at(BUNDLES);
  const crates = await CratePacker.open(files, {
    mirror,
    directory: bundles,
    layout,
    firstNumber,
    bundleSize,
  });
  const index = new IndexPacker(staging.directory, bundleSize, packedAt);
  try {
    const sink = new ParcelSink(parts, crates, index);
    await selectChanges(parts.snapshot, files, base, sink);
    sink.checkRemovals();
    await crates.finish();
    await index.finish();
  } catch (error) {
    await crates.abandon();
    index.abandon();
    throw error;
  }
  if (base !== undefined && report.done === 0 && report.indexFiles + report.indexFilesRemoved === 0)
    return undefined;
  const units = [
    ...crates.finished.map((entry) => bundleUnit(bundles, entry)),
    ...index.finished.map((file) => ({ files: [file], directory: staging.directory })),
  ];
  const volumes = layVolumes(planVolumes(units, volumeSize), staging.directory);
  staging.remove(BUNDLES);
  const last = volumes.findIndex((volume) => volume.files.some(({ kind }) => kind === 'not-held'));
  const manifest = manifestOf(parts, { volumes, bundles: crates.finished });
  const id = writeManifest(staging, manifest);
  const notHeld = last === -1 ? undefined : staging.at(volumeName(last + 1), NOT_HELD_NAME);
  return { manifest, id, notHeld };
}

function manifestOf(
  { mirrorId, snapshot, layout, base, packedAt, volumeSize, report }: ParcelParts,
  made: Pick<ParcelManifest, 'volumes' | 'bundles'>,
): ParcelManifest {
  return {
    format_version: FORMAT_VERSION,
    kind: PARCEL_KIND,
    mirror_id: mirrorId,
    sequence: (base?.manifest.sequence ?? 0) + 1,
    parent: base?.id ?? null,
    packed_at: packedAt.toISOString(),
    layout: layout.id,
    index_before: base?.manifest.index_after ?? null,
    index_after: snapshot.state,
    next_bundle: (base?.manifest.next_bundle ?? 1) + made.bundles.length,
    volume_size: volumeSize,
    totals: {
      crate_files: report.done,
      crate_bytes: report.bytes,
      index_files: report.indexFiles,
      index_files_removed: report.indexFilesRemoved,
      not_held: report.notHeld,
    },
    ...made,
  };
}

/** @returns the manifest's SHA-256 */
function writeManifest(staging: Staging, manifest: ParcelManifest): string {
  const bytes = encodeManifest(manifest);
  const id = sha256Hex(bytes);
  writeFileAtomic(staging.at(MANIFEST_NAME), bytes, { durable: true });
  const lines = manifest.volumes.flatMap(({ files }, i) => {
    const volume = volumeName(i + 1);
    const sums = sha256Hex(readFileSync(staging.at(volume, SUMS_NAME)));
    return [
      ...files.map(({ name, sha256 }) => sumLine(`${volume}/${name}`, sha256)),
      sumLine(`${volume}/${SUMS_NAME}`, sums),
    ];
  });
  const text = [sumLine(MANIFEST_NAME, id), ...lines].join('');
  writeFileAtomic(staging.at(SUMS_NAME), text, { durable: true });
  return id;
}

/** Puts what has changed into a parcel, and counts it. */
class ParcelSink implements ChangeSink {
  readonly #parts: ParcelParts;
  readonly #crates: CratePacker;
  readonly #index: IndexPacker;
  #emptied = 0;

  constructor(parts: ParcelParts, crates: CratePacker, index: IndexPacker) {
    this.#parts = parts;
    this.#crates = crates;
    this.#index = index;
  }

  async indexFile(path: string, content: Buffer): Promise<void> {
    this.#parts.checkStopped();
    await this.#index.add(path, content);
    this.#parts.report.indexFiles += 1;
  }

  goneFile(path: string, isEmptied: boolean): void {
    if (isEmptied) {
      this.#emptied += 1;
      return;
    }
    this.#index.remove(path);
    this.#parts.report.indexFilesRemoved += 1;
  }

  async quick(wanted: WantedFile): Promise<boolean> {
    const { checkStopped } = this.#parts;
    await breathe();
    checkStopped();
    const size = this.#parts.isLeftOut(wanted) ? undefined : await this.#crates.addSmall(wanted);
    if (size !== undefined) this.#count(size);
    return size !== undefined;
  }

  async held(wanted: WantedFile, place: Place): Promise<void> {
    const { isLeftOut, checkStopped } = this.#parts;
    checkStopped();
    if (isLeftOut(wanted)) {
      this.notHeld(wanted, []);
      return;
    }
    const size = await this.#crates.add(wanted, place);
    if (size === undefined) {
      this.notHeld(wanted, ['every place where it was']);
      return;
    }
    this.#count(size);
  }

  #count(size: number): void {
    const { report, onAdvance } = this.#parts;
    report.done += 1;
    report.bytes += size;
    onAdvance();
  }

  notHeld(wanted: WantedFile, damaged: readonly string[]): void {
    const { report, logger } = this.#parts;
    this.#index.lack(wanted);
    report.notHeld += 1;
    if (damaged.length === 0) return;
    const where = `${wanted.name} ${wanted.version}`;
    const message = `damaged or lost: ${damaged.join(', ')}; it is not in this parcel`;
    logger.warn(`${where} is ${message}`);
    report.fail(where, message);
  }

  checkRemovals(): void {
    const { allowMassRemoval, report, base, indexDir } = this.#parts;
    if (allowMassRemoval || base === undefined) return;
    checkMassRemoval(report.indexFilesRemoved + this.#emptied, base.manifest.index_after.files, indexDir);
  }
}
