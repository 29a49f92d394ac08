import { existsSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { AtomicFile, flushDirectory, renameNew } from '@crates-mirror/fs-atomic';
import { BundleError } from '../format/bundle-error.ts';
import { encodeMember, readWholeMembers } from '../format/bundle-manifest.ts';
import { bundleId, partialNames } from '../format/names.ts';
import { PathSet } from '../format/path-set.ts';
import { decompressFrame, type FrameExtent, measureFrame } from '../format/zstd-frame.ts';
import { type BundleState, countMember, emptyState } from '../write/bundle-file.ts';
import { TarCheck } from './tar-check.ts';

const WINDOW = 8 << 20;
/** Longer frames were not written by this program. */
const MAX_FRAME = 64 << 20;

/** Maximum bytes of one frame in the file, whole or torn. */
const MAX_TORN = 8 << 20;

/** A member in the member ledger. */
export interface KnownMember {
  readonly path: string;
  /** bytes */
  readonly size: number;
}

export interface Recovery {
  /** The state to resume from; undefined if there is nothing to resume. */
  readonly state: BundleState | undefined;
  /** The new name of a file that is too damaged to be truncated. */
  readonly setAside?: string;
  /** Number of intact members at the start of the file. */
  readonly wholeMembers: number;
  /** Number of other members that had been on disk. */
  readonly lostMembers: number;
}

interface WholePart {
  readonly state: BundleState;
  /** Whether the rest of the file, if any, is the beginning of a frame. */
  readonly isTorn: boolean;
}

/**
 * Determines which part of an unfinished bundle is whole: every frame from the start that decodes,
 * matches its checksum, and holds the members listed in the manifest with their SHA-256. The rest,
 * torn by a kill or a power failure, was never counted as mirrored and is cut off. If members that
 * did count are missing from the whole part, they may be in the rest and nowhere else, so nothing
 * is cut off and the files are set aside. The same happens if it is unknown which members counted
 * and the rest is larger than what a kill leaves.
 *
 * @param known members of this bundle that were counted as mirrored; may contain duplicates
 */
export async function recoverBundle(
  directory: string,
  number: number,
  temporaryDirectory: string,
  known: Iterable<KnownMember>,
): Promise<Recovery> {
  const names = partialNames(bundleId(number));
  const bundlePath = join(directory, names.bundle);
  const manifestPath = join(directory, names.manifest);
  const bundle = await open(bundlePath, 'r+').catch(undefinedIfAbsent);
  try {
    const size = (await bundle?.stat())?.size ?? 0;
    const { state, isTorn } =
      bundle === undefined ? { state: emptyState(), isTorn: true } : await wholePart(bundle, manifestPath);
    const rest = size - state.size;
    const lost = lostOf(known, state.paths);
    const counts = { wholeMembers: state.entries, lostMembers: lost.members };
    if (isDamage(lost, rest, isTorn))
      return { state: undefined, setAside: setAside(directory, number), ...counts };
    if (state.entries === 0) {
      rmSync(bundlePath, { force: true });
      rmSync(manifestPath, { force: true });
      return { state: undefined, ...counts };
    }
    rewriteManifest(manifestPath, state.entries, temporaryDirectory);
    flushDirectory(directory);
    await bundle?.truncate(state.size);
    await bundle?.datasync();
    return { state, ...counts };
  } finally {
    await bundle?.close();
  }
}

/**
 * Known members that are missing from the whole part, and whether any are known. The ledger is a
 * cache and may be lost.
 */
interface Lost {
  members: number;
  bytes: number;
  isAnyKnown: boolean;
}

/**
 * Whether the data after the whole part is more than what a kill or a power failure leaves.
 * @param rest its bytes
 */
function isDamage(lost: Lost, rest: number, isTorn: boolean): boolean {
  const isSmall = rest <= MAX_TORN;
  if (!lost.isAnyKnown) return !isTorn && !isSmall;
  return lost.members > 0 && rest >= lost.bytes && !(isTorn && isSmall);
}

function lostOf(known: Iterable<KnownMember>, whole: PathSet): Lost {
  const seen = new PathSet();
  const lost = { members: 0, bytes: 0, isAnyKnown: false };
  for (const { path, size } of known) {
    lost.isAnyKnown = true;
    if (whole.has(path) || !seen.add(path)) continue;
    lost.members += 1;
    lost.bytes += size;
  }
  return lost;
}

async function wholePart(bundle: FileHandle, manifestPath: string): Promise<WholePart> {
  const state = emptyState();
  if (statSync(manifestPath, { throwIfNoEntry: false }) === undefined) return { state, isTorn: false };
  const check = new TarCheck(readWholeMembers(manifestPath));
  const running = state.hash.copy();
  const pending: BundleState['frames'] = [];
  let offset = 0;
  for await (const frame of frames(bundle)) {
    if (frame === 'none') return { state, isTorn: false };
    const { bytes, contentSize = MAX_FRAME, checksum } = frame;
    const content = contentSize < MAX_FRAME ? decompressFrame(bytes, contentSize) : undefined;
    if (content === undefined || checksum === undefined || !check.push(content))
      return { state, isTorn: false };
    running.update(bytes);
    offset += bytes.length;
    pending.push({ size: bytes.length, contentSize: content.length, checksum });
    if (!check.isBetweenMembers) continue;
    // A member may span frames. Only whole members in whole frames count.
    for (const member of check.takeWhole()) countMember(state, member, Buffer.from(encodeMember(member)));
    state.frames.push(...pending.splice(0));
    Object.assign(state, { size: offset, tarSize: check.offset, hash: running.copy() });
  }
  return { state, isTorn: true };
}

/**
 * Returns undefined only if the file is absent: a file that cannot be opened now must not pass for
 * empty.
 * @throws `error` otherwise
 */
function undefinedIfAbsent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}

/** @returns the new name of the bundle */
function setAside(directory: string, number: number): string {
  const { bundle, manifest } = partialNames(bundleId(number));
  const damagedName = (name: string): string => name.replace(/\.partial$/, '.damaged');
  for (const name of [manifest, bundle]) {
    const from = join(directory, name);
    if (existsSync(from)) renameNew(from, join(directory, damagedName(name)));
  }
  return damagedName(bundle);
}

/** The complete frames at the start of a file. Ends with 'none' at the first other data. */
async function* frames(file: FileHandle): AsyncGenerator<(FrameExtent & { bytes: Buffer }) | 'none'> {
  const { size } = await file.stat();
  let window: Buffer = Buffer.alloc(0);
  let end = 0;
  for (;;) {
    const extent = measure(window);
    if (extent === 'none' || (extent === undefined && window.length > MAX_FRAME)) {
      yield 'none';
      return;
    }
    if (extent !== undefined) {
      yield { ...extent, bytes: window.subarray(0, extent.size) };
      window = window.subarray(extent.size);
      continue;
    }
    if (end === size) return;
    const more = Buffer.allocUnsafe(Math.min(WINDOW, size - end));
    const { bytesRead } = await file.read(more, 0, more.length, end);
    end += bytesRead;
    window = Buffer.concat([window, more.subarray(0, bytesRead)]);
  }
}

function measure(window: Buffer): FrameExtent | 'none' | undefined {
  try {
    return measureFrame(window);
  } catch (error) {
    if (error instanceof BundleError) return 'none';
    throw error;
  }
}

/** Keeps only the lines of the first `entries` members. */
function rewriteManifest(path: string, entries: number, temporaryDirectory: string): void {
  const file = new AtomicFile(temporaryDirectory);
  try {
    let left = entries;
    for (const member of readWholeMembers(path)) {
      if (left === 0) break;
      file.write(Buffer.from(encodeMember(member)));
      left -= 1;
    }
    file.sync();
    file.commit(path);
  } finally {
    file.discard();
  }
}
