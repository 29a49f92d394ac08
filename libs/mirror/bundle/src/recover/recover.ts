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
/** Longer frames were not written by us. */
const MAX_FRAME = 64 << 20;

/** Nor does one take so much room, whole or torn. */
const MAX_TORN = 8 << 20;

/** What the ledger of members says of one. */
export interface KnownMember {
  readonly path: string;
  /** bytes */
  readonly size: number;
}

export interface Recovery {
  /** What to go on with; undefined when nothing is. */
  readonly state: BundleState | undefined;
  /** What the file is called now that is too damaged to be cut off. */
  readonly setAside?: string;
  /** Members that the file began with. */
  readonly wholeMembers: number;
  /** Others that had been on disk. */
  readonly lostMembers: number;
}

interface WholePart {
  readonly state: BundleState;
  /** What comes after it, if anything does, is the beginning of a frame. */
  readonly isTorn: boolean;
}

/**
 * Finds out what of an unfinished bundle is whole: every frame from the start that decodes, has its checksum, and holds
 * the members that the manifest tells of, with their SHA-256. The rest, torn by a kill or a power cut, was never
 * counted as mirrored; it is cut off. Where members that did count are not in the whole part, and may well be in the rest, nothing
 * is cut off: the files are set aside, for the crates in them may be nowhere else. So they are where nobody can tell any more what
 * counted, and the rest is more than a kill leaves.
 *
 * @param known members of this bundle that were counted as mirrored; one may come twice
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

/** Known members that are not in the whole part, and whether any is known: the ledger is a cache, and may be lost. */
interface Lost {
  members: number;
  bytes: number;
  isAnyKnown: boolean;
}

/** Whether what follows the whole part is more than a kill or a power cut has torn. @param rest its bytes */
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
    // A member may span frames; what counts is whole members in whole frames.
    for (const member of check.takeWhole()) countMember(state, member, Buffer.from(encodeMember(member)));
    state.frames.push(...pending.splice(0));
    Object.assign(state, { size: offset, tarSize: check.offset, hash: running.copy() });
  }
  return { state, isTorn: true };
}

/** Only what is not there is none: what cannot be opened now is not taken for empty. @throws `error` else */
function undefinedIfAbsent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}

/** @returns what the bundle is called now */
function setAside(directory: string, number: number): string {
  const { bundle, manifest } = partialNames(bundleId(number));
  const damagedName = (name: string): string => name.replace(/\.partial$/, '.damaged');
  for (const name of [manifest, bundle]) {
    const from = join(directory, name);
    if (existsSync(from)) renameNew(from, join(directory, damagedName(name)));
  }
  return damagedName(bundle);
}

/** The frames that a file begins with, as far as they are all there; ends with 'none' at the first thing that is none. */
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

/** Leaves the lines of the first so many members. */
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
