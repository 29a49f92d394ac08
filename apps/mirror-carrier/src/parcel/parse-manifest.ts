import type { NewCatalogEntry } from '@crates-mirror/bundle';
import { isFinalName } from '@crates-mirror/bundle/names';
import { CodedError } from '@crates-mirror/errors';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { isCount, isObject, isText, isTime, isUuid, parseObject } from './json.ts';
import {
  type FileKind,
  FORMAT_VERSION,
  type IndexState,
  PARCEL_KIND,
  type ParcelFile,
  type ParcelManifest,
  type ParcelTotals,
  type SidecarScope,
  type Volume,
} from './manifest.ts';
import {
  INDEX_REMOVED_NAME,
  NOT_HELD_NAME,
  REMOVALS_NAME,
  SIDECARS_REMOVED_NAME,
  TOOLS_NAME,
} from './names.ts';

/** Allowed names for files of each kind. No other file is ever opened. */
const NAMES: Readonly<Record<FileKind, RegExp>> = {
  bundle: /^bundle-[A-Za-z0-9_-]+\.tar\.zst$/,
  'bundle-manifest': /^bundle-[A-Za-z0-9_-]+\.manifest\.jsonl$/,
  'bundle-sums': /^bundle-[A-Za-z0-9_-]+\.tar\.zst\.sha256$/,
  index: /^index-\d{4,8}\.tar\.zst$/,
  'index-removed': new RegExp(`^${INDEX_REMOVED_NAME.replaceAll('.', '\\.')}$`),
  'not-held': new RegExp(`^${NOT_HELD_NAME.replaceAll('.', '\\.')}$`),
  removals: new RegExp(`^${REMOVALS_NAME.replaceAll('.', '\\.')}$`),
  sidecars: /^sidecars-\d{4,8}\.tar\.zst$/,
  'sidecars-removed': new RegExp(`^${SIDECARS_REMOVED_NAME.replaceAll('.', '\\.')}$`),
  tools: TOOLS_NAME,
};
const STATE_ID = /^(tree:[0-9a-f]{40,64}|files:[0-9a-f]{64})$/;
const FIRST_BUNDLE = 1;

/**
 * @throws CodedError if the text is not a manifest of a parcel, or has another version; its message
 * follows the file name
 */
export function parseManifest(text: string): ParcelManifest {
  const value = parseObject(text);
  if (value['kind'] !== PARCEL_KIND) throw new CodedError('no_parcel', 'is no manifest of a parcel');
  if (value['format_version'] !== FORMAT_VERSION)
    throw new CodedError(
      'other_version',
      `has format ${String(value['format_version'])}, this tool knows ${FORMAT_VERSION}`,
      { hint: 'Use the version of crates-mirror that packed it, or a newer one' },
    );
  const { mirror_id, sequence, parent, packed_at, layout, index_before, index_after } = value;
  const { next_bundle, volume_size, totals, volumes, bundles, sidecars } = value;
  const isWhole =
    isUuid(mirror_id) &&
    isCount(sequence) &&
    sequence >= 1 &&
    (parent === null ? sequence === 1 : isSha256Hex(parent)) &&
    isTime(packed_at) &&
    isText(layout) &&
    (index_before === null ? parent === null : isState(index_before)) &&
    isState(index_after) &&
    isCount(next_bundle) &&
    next_bundle >= FIRST_BUNDLE &&
    isCount(volume_size) &&
    isTotals(totals) &&
    isScope(sidecars) &&
    Array.isArray(volumes) &&
    volumes.every(isVolume) &&
    Array.isArray(bundles) &&
    bundles.every(isBundle);
  if (!isWhole) throw damaged();
  const manifest: ParcelManifest = {
    format_version: FORMAT_VERSION,
    kind: PARCEL_KIND,
    mirror_id,
    sequence,
    parent: isText(parent) ? parent : null,
    packed_at,
    layout,
    index_before: isState(index_before) ? index_before : null,
    index_after,
    next_bundle,
    volume_size,
    totals,
    ...(isScope(sidecars) && sidecars !== undefined ? { sidecars } : {}),
    volumes,
    bundles,
  };
  checkFiles(manifest);
  return manifest;
}

function damaged(): CodedError {
  return new CodedError('damaged', 'is damaged: it is no whole manifest of a parcel');
}

/** Ensures that all names are unique, and every bundle has its three files. @throws CodedError */
function checkFiles({ volumes, bundles }: ParcelManifest): void {
  const files = new Map<string, ParcelFile>();
  for (const file of volumes.flatMap((volume) => volume.files)) {
    if (files.has(file.name)) throw damaged();
    files.set(file.name, file);
  }
  for (const { path, manifest, sha256, manifest_sha256, size } of bundles) {
    const bundle = files.get(path);
    const isThere = bundle?.sha256 === sha256 && bundle.size === size;
    if (!isThere || files.get(manifest)?.sha256 !== manifest_sha256 || !files.has(`${path}.sha256`))
      throw damaged();
  }
}

function isState(value: unknown): value is IndexState {
  return isObject(value) && isText(value['id']) && STATE_ID.test(value['id']) && isCount(value['files']);
}

function isTotals(value: unknown): value is ParcelTotals {
  const names = ['crate_files', 'crate_bytes', 'index_files', 'index_files_removed', 'not_held'];
  const isWhole = isObject(value) && names.every((name) => isCount(value[name]));
  const others = ['removals', 'sidecars', 'sidecars_removed'];
  return isWhole && others.every((name) => value[name] === undefined || isCount(value[name]));
}

function isScope(value: unknown): value is SidecarScope | undefined {
  return value === undefined || value === 'all' || value === 'changes';
}

function isVolume(value: unknown): value is Volume {
  return isObject(value) && Array.isArray(value['files']) && value['files'].every(isFile);
}

function isFile(value: unknown): value is ParcelFile {
  if (!isObject(value) || !isText(value['kind']) || !isText(value['name'])) return false;
  const names = new Map<string, RegExp>(Object.entries(NAMES)).get(value['kind']);
  return names?.test(value['name']) === true && isCount(value['size']) && isSha256Hex(value['sha256']);
}

function isBundle(value: unknown): value is NewCatalogEntry {
  if (!isObject(value)) return false;
  const { bundle, path, manifest, first_crate, last_crate, entries, size, tar_size } = value;
  return (
    [bundle, first_crate, last_crate].every(isText) &&
    isText(path) &&
    isText(manifest) &&
    isFinalName(path) &&
    isFinalName(manifest) &&
    path.startsWith(`${String(bundle)}-`) &&
    manifest.startsWith(`${String(bundle)}-`) &&
    [entries, size, tar_size].every(isCount) &&
    isSha256Hex(value['sha256']) &&
    isSha256Hex(value['manifest_sha256']) &&
    isTime(value['finished_at'])
  );
}
