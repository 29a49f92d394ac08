import { existsSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AtomicFile, flushDirectory, renameNew } from '@crates-mirror/fs-atomic';
import { BundleError } from './bundle-error.ts';
import { type BundleState, countMember, emptyState } from './bundle-file.ts';
import { encodeMember, readWholeMembers } from './bundle-manifest.ts';
import type { PlacedMember } from './member.ts';
import { bundleId, partialNames } from './names.ts';
import { TarCheck } from './tar-check.ts';
import { decompressFrame, type FrameExtent, measureFrame } from './zstd-frame.ts';

const WINDOW = 8 << 20;
/** Longer frames were not written by us. */
const LARGEST_FRAME = 64 << 20;

/** Bytes that may be on their way to a bundle when a run is killed. */
const MOST_IN_FLIGHT = 64 << 20;

export interface Recovery {
  /** What to go on with; undefined when nothing is. */
  readonly state: BundleState | undefined;
  /** What the file is called now that is too damaged to be cut off. */
  readonly setAside?: string;
  /** Members that such a file begins with. */
  readonly wholeMembers: number;
}

interface WholePart {
  readonly state: BundleState;
  /** Whether a whole frame comes after the first that is not. */
  readonly isFollowed: boolean;
}

/**
 * Finds out what of an unfinished bundle is whole: every frame from the start that decodes, has its checksum, and holds
 * the members that the manifest tells of, with their SHA-256. The rest, torn by a kill or a power cut, was never
 * counted as mirrored; it is cut off. Where that does not explain what is wrong, nothing is cut off: the files are set aside, for
 * the crates in them may be nowhere else.
 *
 * @param wasOnDisk whether a member was counted as mirrored
 */
export async function recoverBundle(
  directory: string,
  number: number,
  temporaryDirectory: string,
  wasOnDisk: (member: PlacedMember) => boolean,
): Promise<Recovery> {
  const names = partialNames(bundleId(number));
  const bundlePath = join(directory, names.bundle);
  const manifestPath = join(directory, names.manifest);
  const bundle = existsSync(bundlePath) ? await open(bundlePath, 'r+') : undefined;
  try {
    const size = (await bundle?.stat())?.size ?? 0;
    const { state, isFollowed } =
      bundle === undefined
        ? { state: emptyState(), isFollowed: false }
        : await wholePart(bundle, manifestPath);
    const wholeMembers = state.entries;
    const firstLost = memberAt(manifestPath, wholeMembers);
    const isDamaged = isFollowed && firstLost !== undefined && wasOnDisk(firstLost);
    if (isDamaged || size - state.size > MOST_IN_FLIGHT)
      return { state: undefined, setAside: setAside(directory, number), wholeMembers };
    if (wholeMembers === 0) {
      rmSync(bundlePath, { force: true });
      rmSync(manifestPath, { force: true });
      return { state: undefined, wholeMembers };
    }
    rewriteManifest(manifestPath, wholeMembers, temporaryDirectory);
    flushDirectory(directory);
    await bundle?.truncate(state.size);
    await bundle?.datasync();
    return { state, wholeMembers };
  } finally {
    await bundle?.close();
  }
}

async function wholePart(bundle: FileHandle, manifestPath: string): Promise<WholePart> {
  const state = emptyState();
  if (!existsSync(manifestPath)) return { state, isFollowed: false };
  const check = new TarCheck(readWholeMembers(manifestPath));
  const running = state.hash.copy();
  const pending: BundleState['frames'] = [];
  let offset = 0;
  let isWhole = true;
  for await (const { bytes, contentSize = LARGEST_FRAME, checksum } of frames(bundle)) {
    const content = contentSize < LARGEST_FRAME ? decompressFrame(bytes, contentSize) : undefined;
    if (!isWhole && content !== undefined) return { state, isFollowed: true };
    isWhole &&= content !== undefined && checksum !== undefined && check.push(content);
    if (!isWhole || content === undefined || checksum === undefined) continue;
    running.update(bytes);
    offset += bytes.length;
    pending.push({ size: bytes.length, contentSize: content.length, checksum });
    if (!check.isBetweenMembers) continue;
    // A member may span frames; what counts is whole members in whole frames.
    for (const member of check.takeWhole()) countMember(state, member, Buffer.from(encodeMember(member)));
    state.frames.push(...pending.splice(0));
    Object.assign(state, { size: offset, tarSize: check.offset, hash: running.copy() });
  }
  return { state, isFollowed: false };
}

function memberAt(manifestPath: string, index: number): PlacedMember | undefined {
  if (!existsSync(manifestPath)) return undefined;
  let left = index;
  for (const member of readWholeMembers(manifestPath)) {
    if (left === 0) return member;
    left -= 1;
  }
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

/** The whole frames that a file begins with; ends at the first thing that is none. */
async function* frames(file: FileHandle): AsyncGenerator<FrameExtent & { bytes: Buffer }> {
  const { size } = await file.stat();
  let window: Buffer = Buffer.alloc(0);
  let end = 0;
  for (;;) {
    const extent = measure(window);
    if (extent === 'none') return;
    if (extent !== undefined) {
      yield { ...extent, bytes: window.subarray(0, extent.size) };
      window = window.subarray(extent.size);
      continue;
    }
    if (end === size || window.length > LARGEST_FRAME) return;
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
