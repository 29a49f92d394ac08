import type { TarEntry } from '@crates-mirror/bundle';
import { openSeekable, PathSet, type PlacedMember, readMembers } from '@crates-mirror/bundle/reading';
import { isRecordedVersion } from '@crates-mirror/crates-index/names';
import { CodedError, errorMessage } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { checkMemberPath } from '@crates-mirror/layout/member-path';
import type { ReadMember } from '@crates-mirror/loose-tree';
import type { FoundBundle, MissingBundle } from './find-bundles.ts';
import type { Wanted } from './options.ts';
import type { Report } from './report.ts';
import { flawsBySums } from './sums.ts';

/** Of two such members, other tools extract the last one. */
const SAME_NAME = 'another member has the same name';

export interface ReadOptions {
  readonly wanted: Wanted | undefined;
  /** Whether to verify the containers as well: tar, seek table and the bundle's SHA-256. */
  readonly isVerifying: boolean;
}

/**
 * Yields the selected members of one bundle. Problems are reported, and reading continues: a
 * damaged frame loses only the members in it, provided that manifest and seek table locate the
 * others.
 */
export async function* membersOf(
  bundle: FoundBundle,
  { wanted, isVerifying }: ReadOptions,
  report: Report,
): AsyncGenerator<ReadMember> {
  const manifest = wanted === undefined ? usableManifest(bundle, report) : bundle.manifest;
  const seekable = manifest !== undefined && hasSeekTable(bundle) ? manifest : undefined;
  let read = 0;
  try {
    if (seekable !== undefined) yield* seek(bundle, seekable, wanted, report);
    else {
      for await (const member of scan(bundle, manifest, report)) {
        read += 1;
        if (wanted === undefined || isWantedPath(wanted, member.path)) yield member;
      }
    }
  } catch (error) {
    reportFailure(bundle, error, report);
    if (manifest !== undefined && seekable === undefined && wanted === undefined)
      reportRest(bundle, manifest, read, report);
  }
  if (!isVerifying || wanted !== undefined) return;
  try {
    for (const flaw of flawsBySums(bundle)) report.fail(bundle.name, flaw);
    if (seekable !== undefined) await checkTar(bundle, seekable);
  } catch (error) {
    reportFailure(bundle, error, report);
  }
}

/** @throws errors that are not caused by the bundle */
function reportFailure(bundle: FoundBundle, error: unknown, report: Report): void {
  if (!isOfBundle(error)) throw error;
  report.fail(bundle.name, errorMessage(error));
}

/**
 * Returns the bundle's manifest if it matches the catalog or, if the catalog has no checksum, if
 * all of its lines can be parsed.
 */
function usableManifest(bundle: FoundBundle, report: Report): string | undefined {
  const { manifest, manifestSha256 } = bundle;
  if (manifest === undefined) {
    if (manifestSha256 !== undefined) report.fail(bundle.name, 'its manifest is missing');
    return undefined;
  }
  try {
    if (manifestSha256 === undefined) for (const _ of readMembers(manifest));
    else if (sha256File(manifest).sha256 !== manifestSha256)
      throw new CodedError('bundle_misfit', 'its manifest is not what the catalog says it is');
    return manifest;
  } catch (error) {
    reportFailure(bundle, error, report);
    return undefined;
  }
}

/**
 * Whether the bundle can be read by offsets. One with a damaged seek table can still be read from
 * its start.
 */
function hasSeekTable({ path }: FoundBundle): boolean {
  try {
    const file = openSeekable(path);
    file?.close();
    return file !== undefined;
  } catch (error) {
    if (isOfBundle(error)) return false;
    throw error;
  }
}

function reportRest(bundle: FoundBundle, manifest: string, read: number, report: Report): void {
  let rest = -read;
  for (const _ of readMembers(manifest)) rest += 1;
  if (rest > 0) report.fail(bundle.name, `${rest} members of its manifest could not be read`);
}

/** Yields the entries of the whole tar. tar-stream is loaded on demand. */
async function entriesOf({ path }: FoundBundle): Promise<AsyncGenerator<TarEntry>> {
  const { readTar } = await import('@crates-mirror/bundle/tar-reader');
  return readTar(path);
}

/**
 * Checks that other tools get the same content from the bundle's tar and seek table.
 *
 * @throws CodedError
 */
async function checkTar(bundle: FoundBundle, manifest: string): Promise<void> {
  const file = openSeekable(bundle.path);
  try {
    file?.check();
  } finally {
    file?.close();
  }
  const expected = readMembers(manifest);
  for await (const { name, type, size, offset } of await entriesOf(bundle)) {
    const { value } = expected.next();
    if (type !== 'file' || value?.path !== name || value.size !== size || value.offset !== offset)
      throw new CodedError(
        'bundle_misfit',
        `its tar has ${name} where its manifest says ${value?.path ?? 'nothing'}`,
      );
  }
  checkEnd(expected);
}

function checkEnd(manifest: Iterator<PlacedMember>): void {
  if (manifest.next().done !== true) throw new CodedError('bundle_misfit', 'lacks members of its manifest');
}

/** Reads members by their offsets and skips everything between them. */
function* seek(
  bundle: FoundBundle,
  manifest: string,
  wanted: Wanted | undefined,
  report: Report,
): Generator<ReadMember> {
  const file = openSeekable(bundle.path);
  if (file === undefined) return;
  const seen = new PathSet();
  try {
    for (const expected of readMembers(manifest, wanted?.name)) {
      const { name, version, size, offset } = expected;
      if (wanted !== undefined && !isWanted(wanted, name, version)) continue;
      const checked = checkMemberPath(expected.path);
      if ('refused' in checked) refuse(report, bundle, expected.path, `its name ${checked.refused}`);
      else if (!seen.add(checked.path)) refuse(report, bundle, checked.path, SAME_NAME);
      else yield { path: checked.path, size, expected, content: file.read(offset, size) };
    }
  } finally {
    file.close();
  }
}

/** Reads the whole bundle in parallel with its manifest, if there is one. */
async function* scan(
  bundle: FoundBundle,
  manifestPath: string | undefined,
  report: Report,
): AsyncGenerator<ReadMember> {
  const manifest = manifestPath === undefined ? undefined : readMembers(manifestPath);
  const seen = new PathSet();
  for await (const entry of await entriesOf(bundle)) {
    const { name, type, size, content } = entry;
    // Directories are created as files need them.
    if (type === 'directory') continue;
    const checked = checkMemberPath(name);
    if ('refused' in checked) {
      refuse(report, bundle, name, `its name ${checked.refused}`);
      continue;
    }
    const { path } = checked;
    if (type !== 'file' && type !== 'contiguous-file') {
      refuse(
        report,
        bundle,
        path,
        type === 'unknown'
          ? 'it is of a kind that is not known'
          : `it is a ${type.replace('-', ' ')}, not a file`,
      );
    } else if (!seen.add(path)) {
      refuse(report, bundle, path, SAME_NAME);
    } else {
      const expected = nextExpected(manifest, path, size);
      yield { path, size, expected, content };
    }
  }
  if (manifest !== undefined) checkEnd(manifest);
}

function nextExpected(
  manifest: Iterator<PlacedMember> | undefined,
  path: string,
  size: number,
): PlacedMember | undefined {
  if (manifest === undefined) return undefined;
  const { value } = manifest.next();
  if (value?.path === path && value.size === size) return value;
  const said = value === undefined ? 'nothing more' : `${value.path} (${value.size} bytes)`;
  throw new CodedError(
    'bundle_misfit',
    `holds ${path} (${size} bytes) where its manifest says ${said}: the rest of it is left alone`,
  );
}

function refuse(report: Report, bundle: FoundBundle, name: string, why: string): void {
  report.fail(`${bundle.name}: ${name}`, `refused: ${why}`);
}

export function isWanted(wanted: Wanted, name: string, version: string): boolean {
  return wanted.name === name && (wanted.version ?? version) === version;
}

/** The same for an archive without a manifest, based on the file name alone. */
function isWantedPath({ name, version }: Wanted, path: string): boolean {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (version !== undefined) return file === `${name}-${version}.crate`;
  return (
    file.startsWith(`${name}-`) &&
    file.endsWith('.crate') &&
    isRecordedVersion(file.slice(name.length + 1, -6))
  );
}

/**
 * Whether a missing bundle may contain selected members. That is assumed unless its manifest shows
 * otherwise.
 */
export function mayHold({ manifest }: MissingBundle, wanted: Wanted | undefined): boolean {
  if (wanted === undefined || manifest === undefined) return true;
  try {
    for (const { name, version } of readMembers(manifest, wanted.name))
      if (isWanted(wanted, name, version)) return true;
    return false;
  } catch (error) {
    if (isOfBundle(error)) return true;
    throw error;
  }
}

/** Whether an error concerns the bundle's content or file, and is not a bug. */
export function isOfBundle(error: unknown): boolean {
  return error instanceof CodedError || (error instanceof Error && 'syscall' in error);
}
