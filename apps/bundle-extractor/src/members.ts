import { openSeekable, PathSet, type PlacedMember, readMembers, readTar } from '@crates-mirror/bundle';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing';
import { checkMemberPath } from '@crates-mirror/layout';
import type { FoundBundle } from './find-bundles.ts';
import type { Wanted } from './options.ts';
import type { Report } from './report.ts';

/** A member that may be taken, with what its bundle's manifest says of it. */
export interface ReadMember {
  readonly path: string;
  /** bytes */
  readonly size: number;
  readonly expected: PlacedMember | undefined;
  readonly content: AsyncIterable<Buffer> | Iterable<Buffer>;
}

export interface ReadOptions {
  readonly wanted: Wanted | undefined;
  /** Compare the whole bundle with its SHA-256 too. */
  readonly isVerifying: boolean;
}

/**
 * The members of one bundle that are wanted. What is wrong with it or them is reported, and the rest goes on: a damaged
 * frame costs the members in it, where manifest and seek table show the way to the others.
 */
export async function* membersOf(
  bundle: FoundBundle,
  options: ReadOptions,
  report: Report,
): AsyncGenerator<ReadMember> {
  const { manifest } = bundle;
  const canSeek = manifest !== undefined && hasSeekTable(bundle);
  let scanned = 0;
  try {
    if (canSeek && !options.isVerifying) {
      yield* seek(bundle, manifest, options.wanted, 0, report);
      return;
    }
    for await (const member of scan(bundle, options, report)) {
      if (member.expected !== undefined) scanned += 1;
      if (options.wanted === undefined || isWantedPath(options.wanted, member.path)) yield member;
    }
  } catch (error) {
    if (!isOfBundle(error)) throw error;
    report.fail(bundle.name, errorMessage(error));
    if (manifest === undefined || errorCode(error) !== 'bundle_damaged') return;
    if (canSeek) yield* seek(bundle, manifest, options.wanted, scanned, report);
    else reportRest(bundle, manifest, scanned, report);
  }
}

/** Whether the bundle can be read by offsets; one whose table is damaged can be read from its start at least. */
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

function reportRest(bundle: FoundBundle, manifest: string, scanned: number, report: Report): void {
  let rest = -scanned;
  for (const _ of readMembers(manifest)) rest += 1;
  if (rest > 0) report.fail(bundle.name, `${rest} members that its manifest tells of could not be read`);
}

/** Reads members by their offsets, without what is between them. @param after how many to leave out from the start */
async function* seek(
  bundle: FoundBundle,
  manifest: string,
  wanted: Wanted | undefined,
  after: number,
  report: Report,
): AsyncGenerator<ReadMember> {
  const file = openSeekable(bundle.path);
  if (file === undefined) return;
  let number = 0;
  try {
    for (const expected of readMembers(manifest, after === 0 ? wanted?.name : undefined)) {
      number += 1;
      const { name, version, size, offset } = expected;
      if (number <= after || (wanted !== undefined && !isWanted(wanted, name, version))) continue;
      const checked = checkMemberPath(expected.path);
      if ('refused' in checked) refuse(report, bundle, expected.path, `its name ${checked.refused}`);
      else yield { path: checked.path, size, expected, content: file.read(offset, size) };
    }
  } finally {
    file.close();
  }
}

/** Reads the whole bundle, side by side with its manifest where there is one. */
async function* scan(
  bundle: FoundBundle,
  { isVerifying }: ReadOptions,
  report: Report,
): AsyncGenerator<ReadMember> {
  const manifest = bundle.manifest === undefined ? undefined : readMembers(bundle.manifest);
  const hash = isVerifying && bundle.sha256 !== undefined ? createSha256() : undefined;
  const seen = new PathSet();
  for await (const entry of readTar(bundle.path, (bytes) => hash?.update(bytes))) {
    const { name, type, size, content } = entry;
    // Directories are made as files need them.
    if (type === 'directory') continue;
    const checked = checkMemberPath(name);
    if ('refused' in checked) {
      refuse(report, bundle, name, `its name ${checked.refused}`);
      continue;
    }
    const { path } = checked;
    if (type !== 'file' && type !== 'contiguous-file') {
      refuse(report, bundle, path, `it is a ${type.replace('-', ' ')}, not a file`);
    } else if (!seen.add(path)) {
      refuse(report, bundle, path, 'another member has the same name');
    } else {
      const expected = nextExpected(manifest, path, size);
      yield { path, size, expected, content };
    }
  }
  if (manifest !== undefined && manifest.next().done !== true)
    throw new CodedError('bundle_misfit', 'lacks members that its manifest tells of');
  if (hash !== undefined && hash.digest('hex') !== bundle.sha256)
    throw new CodedError('bundle_misfit', 'its SHA-256 is not what the catalog says');
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

/** The same for an archive without a manifest, where the file name is all there is to go by. */
function isWantedPath({ name, version }: Wanted, path: string): boolean {
  const file = path.slice(path.lastIndexOf('/') + 1);
  if (version !== undefined) return file === `${name}-${version}.crate`;
  return file.startsWith(`${name}-`) && /^\d/.test(file.slice(name.length + 1)) && file.endsWith('.crate');
}

/** Whether an error tells of the bundle's bytes or file, and not of a bug. */
function isOfBundle(error: unknown): boolean {
  return error instanceof CodedError || (error instanceof Error && 'syscall' in error);
}
