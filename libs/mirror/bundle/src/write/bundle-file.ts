import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { flushDirectory, renameNew, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { END_OF_ARCHIVE } from '@crates-mirror/tar';
import { type CheckedSeekEntry, encodeSeekTable, seekTableSize } from '@crates-mirror/zstd/seek-table';
import { encodeMember } from '../format/bundle-manifest.ts';
import { appendToCatalog, type NewCatalogEntry } from '../format/catalog.ts';
import type { PlacedMember } from '../format/member.ts';
import { bundleId, finalNames, partialNames } from '../format/names.ts';
import { PathSet } from '../format/path-set.ts';
import { encodeFrame, FRAME_ROOM, type Frame, pieceRoom } from './frame-encoder.ts';

/** IOV_MAX of Linux, the maximum number of buffers for one writev. */
const MAX_PARTS = 1024;

/** The contents of an unfinished bundle, with everything needed to resume it. */
export interface BundleState {
  /** bytes of the file */
  size: number;
  /** bytes of tar in it */
  tarSize: number;
  readonly frames: CheckedSeekEntry[];
  /** SHA-256 over the file */
  hash: Hash;
  /** bytes of its manifest, and the SHA-256 over it */
  manifestSize: number;
  manifestHash: Hash;
  entries: number;
  firstCrate: string;
  lastCrate: string;
  readonly paths: PathSet;
}

export function emptyState(): BundleState {
  return {
    size: 0,
    tarSize: 0,
    frames: [],
    hash: createSha256(),
    manifestSize: 0,
    manifestHash: createSha256(),
    entries: 0,
    firstCrate: '',
    lastCrate: '',
    paths: new PathSet(),
  };
}

/** Adds a member to the state of a bundle. */
export function countMember(state: BundleState, member: PlacedMember, line: Buffer): void {
  if (state.entries === 0) state.firstCrate = member.name;
  state.lastCrate = member.name;
  state.entries += 1;
  state.paths.add(member.path);
  state.manifestSize += line.length;
  state.manifestHash.update(line);
}

/** An unfinished bundle: `.partial` files that grow only by whole groups of members. */
export class BundleFile {
  readonly id: string;
  readonly #directory: string;
  readonly #bundle: FileHandle;
  readonly #manifest: FileHandle;
  readonly #state: BundleState;
  #syncFailure: { readonly error: unknown } | undefined;

  private constructor(
    directory: string,
    id: string,
    bundle: FileHandle,
    manifest: FileHandle,
    state: BundleState,
  ) {
    this.id = id;
    this.#directory = directory;
    this.#bundle = bundle;
    this.#manifest = manifest;
    this.#state = state;
  }

  /** Starts a bundle, or resumes a recovered one. */
  static async open(directory: string, number: number, recovered?: BundleState): Promise<BundleFile> {
    const id = bundleId(number);
    const names = partialNames(id);
    const flags = recovered === undefined ? 'wx' : 'r+';
    const bundle = await open(join(directory, names.bundle), flags);
    let manifest: FileHandle | undefined;
    try {
      manifest = await open(join(directory, names.manifest), flags);
      // If the directory entry were lost in a power failure, the file's contents would be lost too.
      flushDirectory(directory);
    } catch (error) {
      await manifest?.close();
      await bundle.close();
      throw error;
    }
    return new BundleFile(directory, id, bundle, manifest, recovered ?? emptyState());
  }

  get entries(): number {
    return this.#state.entries;
  }

  /** The size of the finished file if this many more bytes in this many more frames were added. */
  sizeWith(bytes: number, frames: number): number {
    const trailer = FRAME_ROOM + pieceRoom(END_OF_ARCHIVE.length);
    return this.#state.size + bytes + trailer + seekTableSize(this.#state.frames.length + frames + 1);
  }

  has(path: string): boolean {
    return this.#state.paths.has(path);
  }

  /**
   * Appends a group of members as a whole or not at all. The manifest lines are written first, so
   * that every whole frame has them.
   *
   * @param members with offsets relative to the start of the group
   */
  async append(
    frames: AsyncIterable<Frame> | Iterable<Frame>,
    members: readonly PlacedMember[],
  ): Promise<void> {
    const state = this.#state;
    const lines = members.map((member) =>
      Buffer.from(encodeMember({ ...member, offset: state.tarSize + member.offset })),
    );
    const hash = state.hash.copy();
    const added: CheckedSeekEntry[] = [];
    let size = state.size;
    let tarSize = state.tarSize;
    try {
      await writeAll(this.#manifest, lines, state.manifestSize);
      for await (const frame of frames) {
        const { bytes, contentSize, checksum } = frame;
        await writeAll(this.#bundle, [bytes], size);
        hash.update(bytes);
        added.push({ size: bytes.length, contentSize, checksum });
        size += bytes.length;
        tarSize += contentSize;
      }
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
    Object.assign(state, { size, tarSize, hash });
    state.frames.push(...added);
    for (const [i, member] of members.entries()) countMember(state, member, lines[i] as Buffer);
  }

  /**
   * Resolves when everything appended is on disk. Data counts as lost after one failed flush: a
   * system reports a failed write only once, and the next flush would succeed without the data.
   */
  async sync(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure.error;
    try {
      await this.#manifest.datasync();
      await this.#bundle.datasync();
    } catch (error) {
      this.#syncFailure = { error };
      throw error;
    }
  }

  /**
   * Ends the archive, gives its files their final names and adds it to the catalog. A kill at any
   * moment leaves it either unfinished or finished without its catalog line, which the next run
   * adds.
   */
  async finish(): Promise<NewCatalogEntry> {
    const state = this.#state;
    const { bytes, contentSize, checksum } = encodeFrame(END_OF_ARCHIVE);
    const frames = [...state.frames, { size: bytes.length, contentSize, checksum }];
    const trailer = Buffer.concat([bytes, encodeSeekTable(frames)]);
    try {
      await writeAll(this.#bundle, [trailer], state.size);
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
    const finished = { ...state, size: state.size + trailer.length, tarSize: state.tarSize + contentSize };
    state.hash.update(trailer);
    await this.sync();
    await this.close();
    const entry = this.#entry(finished);
    this.#publish(entry);
    return entry;
  }

  /** Closes the files as they are. */
  async close(): Promise<void> {
    await this.#manifest.close();
    await this.#bundle.close();
  }

  #entry(finished: BundleState): NewCatalogEntry {
    const { firstCrate, lastCrate, entries, size, tarSize, hash, manifestHash } = finished;
    const names = finalNames(this.id, firstCrate, lastCrate);
    return {
      bundle: this.id,
      path: names.bundle,
      manifest: names.manifest,
      first_crate: firstCrate,
      last_crate: lastCrate,
      entries,
      size,
      tar_size: tarSize,
      sha256: hash.digest('hex'),
      manifest_sha256: manifestHash.digest('hex'),
      finished_at: new Date().toISOString(),
    };
  }

  #publish(entry: NewCatalogEntry): void {
    const partial = partialNames(this.id);
    const { sums } = finalNames(this.id, entry.first_crate, entry.last_crate);
    const at = (name: string): string => join(this.#directory, name);
    const { temporaryDirectory } = mirrorHome(this.#directory);
    writeFileAtomic(at(sums), `${entry.sha256}  ${entry.path}\n`, { temporaryDirectory, durable: true });
    renameNew(at(partial.manifest), at(entry.manifest));
    renameNew(at(partial.bundle), at(entry.path));
    appendToCatalog(this.#directory, entry);
  }

  /** Truncates what a failed write left. If that fails too, the next run does it. */
  async #rollBack(): Promise<void> {
    await this.#bundle.truncate(this.#state.size).catch(() => {});
    await this.#manifest.truncate(this.#state.manifestSize).catch(() => {});
  }
}

async function writeAll(file: FileHandle, parts: readonly Buffer[], position: number): Promise<void> {
  let rest = parts;
  let written = 0;
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev(rest.slice(0, MAX_PARTS), position + written);
    written += bytesWritten;
    rest = withoutStart(rest, bytesWritten);
  }
}

/** The rest of `parts` after their first `count` bytes. */
function withoutStart(parts: readonly Buffer[], count: number): Buffer[] {
  let left = count;
  const rest: Buffer[] = [];
  for (const part of parts) {
    if (left < part.length) rest.push(part.subarray(left));
    left = Math.max(0, left - part.length);
  }
  return rest;
}
