import type { NewCatalogEntry } from '@crates-mirror/bundle';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { formatCount } from '@crates-mirror/progress';
import type { IndexSnapshot } from '../index/index-snapshot.ts';
import type { PackOptions } from '../options.ts';
import {
  encodeManifest,
  FORMAT_VERSION,
  PARCEL_KIND,
  type ParcelFile,
  type ParcelManifest,
} from '../parcel/manifest.ts';
import { MANIFEST_NAME, NOT_HELD_NAME, SUMS_NAME, volumeName } from '../parcel/names.ts';
import { parcelSums } from '../parcel/sums.ts';
import { type PackedParcel, REFUSED_NAME, SIDECAR_STATE_NAME } from '../state/packed.ts';
import { packTools } from '../tools/pack-tools.ts';
import type { ToolsSource } from '../tools/tools-archive.ts';
import { bundleSizeOf, frameSizeOf } from './bundle-size.ts';
import type { PackContext } from './context.ts';
import { CratePacker } from './crate-packer.ts';
import { IndexPacker } from './index-packer.ts';
import { openPolicy } from './pack-policy.ts';
import { ParcelSink } from './parcel-sink.ts';
import { RefusedWriter } from './refused-list.ts';
import { selectChanges } from './selection.ts';
import type { SidecarPacker } from './sidecar-packer.ts';
import type { Staging } from './staging.ts';
import { bundleUnit, layVolumes, planVolumes } from './volumes.ts';

/** The input for a parcel. */
export interface ParcelDeps {
  readonly mirrorId: string;
  readonly snapshot: IndexSnapshot;
  readonly base: PackedParcel | undefined;
  readonly packedAt: Date;
  /** The tools to include. */
  readonly tools: ToolsSource | undefined;
}

/** A complete parcel, except for its signature and its name. */
export interface BuiltParcel {
  readonly manifest: ParcelManifest;
  /** SHA-256 of the manifest. */
  readonly id: string;
  /** The list of versions that are not held, within the staging directory. */
  readonly notHeld: string | undefined;
  /** The list of versions that the policy refuses, within the staging directory. */
  readonly refused: string | undefined;
  /** The state of the sidecars, within the staging directory. */
  readonly sidecarState: string | undefined;
}

/**
 * Builds a parcel of the changes in a staging directory.
 *
 * @returns undefined if nothing has changed
 * @throws UsageError if the index cannot be read, too much of it is gone, or a volume is too small;
 *   FatalError
 */
export async function buildParcel(
  deps: ParcelDeps,
  context: PackContext,
  staging: Staging,
): Promise<BuiltParcel | undefined> {
  const { base, tools } = deps;
  const { volumeSize } = context.options;
  const { report } = context;
  const made = await packChanges(deps, context, staging);
  const { done, indexFiles, indexFilesRemoved, removals, sidecars, sidecarsRemoved } = report;
  const changes = done + indexFiles + indexFilesRemoved + removals + sidecars + sidecarsRemoved;
  if (base !== undefined && changes === 0 && tools === undefined) return undefined;
  const archives = tools === undefined ? [] : [await packTools(tools, staging.directory, context.stopped)];
  const units = [
    // First, because everything else is unpacked with them.
    ...archives.map((file) => ({ files: [file], directory: staging.directory })),
    ...made.bundles.map((entry) => bundleUnit(staging.bundles, entry)),
    ...[...made.index, ...(made.sidecars?.finished ?? [])].map((file) => ({
      files: [file],
      directory: staging.directory,
    })),
  ];
  const volumes = layVolumes(planVolumes(units, volumeSize), staging.directory);
  staging.clear();
  const last = volumes.findIndex((volume) => volume.files.some(({ kind }) => kind === 'not-held'));
  const manifest = manifestOf(deps, context, {
    volumes,
    bundles: made.bundles,
    ...(made.sidecars === undefined ? {} : { sidecars: made.sidecars.scope }),
  });
  const id = writeManifest(staging, manifest);
  const notHeld = last === -1 ? undefined : staging.at(volumeName(last + 1), NOT_HELD_NAME);
  const sidecarState = made.sidecars === undefined ? undefined : staging.at(SIDECAR_STATE_NAME);
  return { manifest, id, notHeld, refused: made.refused, sidecarState };
}

interface MadeFiles {
  readonly bundles: readonly NewCatalogEntry[];
  readonly index: readonly ParcelFile[];
  readonly refused: string | undefined;
  readonly sidecars: SidecarPacker | undefined;
}

/**
 * Resumes the work of an interrupted run, or starts over if its bundles do not belong in this
 * parcel.
 */
async function packChanges(deps: ParcelDeps, context: PackContext, staging: Staging): Promise<MadeFiles> {
  const made = await tryPackChanges(deps, context, staging);
  if (made !== undefined) return made;
  context.logger.info('what an interrupted run has packed is of no use by now: packing it anew');
  staging.clear();
  context.report.restart();
  return (await tryPackChanges(deps, context, staging)) as MadeFiles;
}

/**
 * @returns undefined if the bundles of an interrupted run are damaged, or do not belong in the
 * parcel
 */
async function tryPackChanges(
  { snapshot, base, packedAt }: ParcelDeps,
  context: PackContext,
  staging: Staging,
): Promise<MadeFiles | undefined> {
  const { files, layout, options, logger } = context;
  const bundleSize = bundleSizeOf(options.volumeSize);
  const crates = await CratePacker.open(files, {
    mirror: options.mirror,
    directory: staging.bundles,
    layout,
    firstNumber: base?.manifest.next_bundle ?? 1,
    bundleSize,
    frameSize: frameSizeOf(options.volumeSize),
  });
  const index = new IndexPacker(staging.directory, bundleSize, packedAt);
  const refused = new RefusedWriter(staging.at(REFUSED_NAME));
  const sidecars = await openSidecars({ base, packedAt }, options, staging);
  const abandon = async (): Promise<void> => {
    await crates.abandon();
    index.abandon();
    sidecars?.abandon();
    refused.discard();
  };
  try {
    const { packed } = crates;
    if (packed.count > 0)
      logger.info(`an interrupted run has packed ${formatCount(packed.count)} crate files: going on`);
    const sink = new ParcelSink(context, { crates, index, refused });
    const onNote = (message: string): void => logger.warn(message);
    const policy = await openPolicy(options, snapshot.source, files, onNote);
    if (packed.isWhole) await selectChanges({ snapshot, files, policy, base, sink });
    if (!packed.isWhole || !packed.areAllTaken) {
      await abandon();
      return undefined;
    }
    sink.checkRemovals(base);
    await crates.finish();
    await index.finish();
    await sidecars?.pack(context);
  } catch (error) {
    await abandon();
    throw error;
  }
  return { bundles: crates.finished, index: index.finished, refused: refused.finish(), sidecars };
}

/** Most parcels have no sidecars, and load no code for them. */
async function openSidecars(
  { base, packedAt }: Pick<ParcelDeps, 'base' | 'packedAt'>,
  { sidecars: root, volumeSize }: PackOptions,
  staging: Staging,
): Promise<SidecarPacker | undefined> {
  if (root === undefined) return undefined;
  const { SidecarPacker } = await import('./sidecar-packer.ts');
  return new SidecarPacker({
    root,
    directory: staging.directory,
    archiveSize: bundleSizeOf(volumeSize),
    packedAt,
    stateFile: staging.at(SIDECAR_STATE_NAME),
    before: base?.sidecarStateFile,
  });
}

function manifestOf(
  { mirrorId, snapshot, base, packedAt }: ParcelDeps,
  { layout, options, report }: PackContext,
  made: Pick<ParcelManifest, 'volumes' | 'bundles' | 'sidecars'>,
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
    volume_size: options.volumeSize,
    totals: {
      crate_files: report.done,
      crate_bytes: report.bytes,
      index_files: report.indexFiles,
      index_files_removed: report.indexFilesRemoved,
      not_held: report.notHeld,
      removals: report.removals,
      ...(made.sidecars === undefined
        ? {}
        : { sidecars: report.sidecars, sidecars_removed: report.sidecarsRemoved }),
    },
    ...made,
  };
}

/** @returns the manifest's SHA-256 */
function writeManifest(staging: Staging, manifest: ParcelManifest): string {
  const bytes = encodeManifest(manifest);
  const id = sha256Hex(bytes);
  writeFileAtomic(staging.at(MANIFEST_NAME), bytes, { durable: true });
  writeFileAtomic(staging.at(SUMS_NAME), parcelSums(manifest, id), { durable: true });
  return id;
}
