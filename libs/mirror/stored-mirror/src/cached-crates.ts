import type { FileHandle } from 'node:fs/promises';
import { type CrateCache, type OpenCrateFile, OpenLooseFile } from '@crates-mirror/crate-files';
import { CodedError } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing';
import type { DiskCache } from './disk-cache.ts';

/** Larger crate files are never in memory as a whole. */
const MAX_IN_MEMORY = 1 << 20;
const READ_SIZE = 1 << 20;

/**
 * Crate files of an object store on the local disk. Each is verified before it is kept, and before
 * it is used.
 */
export class CachedCrates implements CrateCache {
  readonly #disk: DiskCache;
  readonly #filling = new Map<string, Promise<Buffer | undefined>>();

  constructor(disk: DiskCache) {
    this.#disk = disk;
  }

  async open(
    sha256: string,
    size: number,
    original: () => Promise<AsyncIterable<Buffer>>,
  ): Promise<OpenCrateFile> {
    const held = await this.#openHeld(sha256, size);
    if (held !== undefined) return held;
    let filling = this.#filling.get(sha256);
    if (filling === undefined) {
      filling = this.#fill(sha256, size, original).finally(() => this.#filling.delete(sha256));
      this.#filling.set(sha256, filling);
    }
    const bytes = await filling;
    const file = bytes === undefined ? await this.#openHeld(sha256, size) : inMemory(bytes);
    // Without a place on the disk it could not be verified before its first bytes are sent.
    if (file === undefined)
      throw new CodedError('unreadable', `a crate file of ${size} bytes has no room in the cache`);
    return file;
  }

  /** @returns its bytes; undefined for a large file */
  async #fill(
    sha256: string,
    size: number,
    original: () => Promise<AsyncIterable<Buffer>>,
  ): Promise<Buffer | undefined> {
    const pieces = await original();
    if (size > MAX_IN_MEMORY) {
      await this.#disk.keep(sha256, pieces);
      return undefined;
    }
    const whole: Buffer[] = [];
    for await (const piece of pieces) whole.push(piece);
    const bytes = Buffer.concat(whole);
    await this.#disk.keep(sha256, [bytes]);
    return bytes;
  }

  /** @returns undefined if the file is not kept; if it is damaged, it is dropped first */
  async #openHeld(sha256: string, size: number): Promise<OpenCrateFile | undefined> {
    const file = await this.#disk.open(sha256);
    if (file === undefined) return undefined;
    const found = await checked(file, size <= MAX_IN_MEMORY).catch(() => undefined);
    if (found?.sha256 === sha256) {
      if (size > MAX_IN_MEMORY) return new OpenLooseFile(file, size);
      await file.close();
      return inMemory(found.bytes);
    }
    await file.close();
    await this.#disk.drop(sha256);
    return undefined;
  }
}

/** @param isKept whether the bytes are returned */
async function checked(file: FileHandle, isKept: boolean): Promise<{ sha256: string; bytes: Buffer }> {
  const hash = createSha256();
  const kept: Buffer[] = [];
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_SIZE), 0, READ_SIZE, position);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes: Buffer.concat(kept) };
    const piece = buffer.subarray(0, bytesRead);
    hash.update(piece);
    if (isKept) kept.push(piece);
    position += bytesRead;
  }
}

function inMemory(bytes: Buffer): OpenCrateFile {
  return {
    size: bytes.length,
    read: async function* ({ start, end }) {
      yield bytes.subarray(start, end + 1);
    },
    close: () => {},
  };
}
