import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { temporaryName, writeFileAtomic } from '@crates-mirror/fs-atomic';
import type { ListedObject } from '@crates-mirror/s3';
import { SEEK_FOOTER_SIZE, seekTableSizeOf } from '@crates-mirror/zstd/seek-table';
import type { ReadableBucket } from './readable-bucket.ts';

/** Bytes. Longer seek tables are not believed. */
const MAX_TABLE = 64 << 20;

/** What was copied, so that neither a later process copies it again nor uses a damaged copy. */
interface Copied {
  readonly etag: string;
  /** SHA-256 of the bytes that were copied: of the last ones of the file. */
  readonly sha256: string;
  readonly length: number;
}

/** Local copies of the files of bundles: whole ones of manifests, the ends of bundles. */
export class BundleCopies {
  readonly #bucket: ReadableBucket;
  readonly #directory: string;
  readonly #notes: string;
  /** ETags of the copies that this process has checked. */
  readonly #checked = new Map<string, string>();

  /** @param notes a directory for notes about the copies */
  constructor(bucket: ReadableBucket, directory: string, notes: string) {
    this.#bucket = bucket;
    this.#directory = directory;
    this.#notes = notes;
    mkdirSync(directory, { recursive: true });
    mkdirSync(notes, { recursive: true });
  }

  /** @throws FatalError if the store does not answer; CodedError if the object is being replaced */
  async update(name: string, object: ListedObject): Promise<void> {
    const { etag, size } = object;
    if (this.#checked.get(name) === etag) return;
    if (!(await this.#isCopied(name, object))) {
      const bytes = name.endsWith('.tar.zst') ? await this.#tailOf(object) : await this.#whole(object);
      await this.#write(name, size, bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const copied: Copied = { etag, sha256, length: bytes.length };
      writeFileAtomic(join(this.#notes, name), `${JSON.stringify(copied)}\n`);
    }
    this.#checked.set(name, etag);
  }

  async remove(name: string): Promise<void> {
    this.#checked.delete(name);
    await rm(join(this.#directory, name), { force: true });
    await rm(join(this.#notes, name), { force: true });
  }

  async #isCopied(name: string, { etag, size }: ListedObject): Promise<boolean> {
    const path = join(this.#directory, name);
    try {
      const note = JSON.parse(await readFile(join(this.#notes, name), 'utf8')) as Partial<Copied>;
      if (note.etag !== etag || (await stat(path)).size !== size) return false;
      const hash = createHash('sha256');
      for await (const piece of createReadStream(path, { start: size - (note.length ?? 0) }))
        hash.update(piece);
      return hash.digest('hex') === note.sha256;
    } catch {
      return false;
    }
  }

  /** The seek table of a bundle; its last bytes if it has none. */
  async #tailOf({ key, size, etag }: ListedObject): Promise<Buffer> {
    const last = async (length: number): Promise<Buffer> =>
      length === 0 ? Buffer.alloc(0) : this.#bucket.getRange(key, size - length, size - 1, etag);
    const footer = await last(Math.min(SEEK_FOOTER_SIZE, size));
    const length = seekTableSizeOf(footer) ?? 0;
    return length <= footer.length || length > Math.min(MAX_TABLE, size) ? footer : last(length);
  }

  async #whole({ key, etag }: ListedObject): Promise<Buffer> {
    const found = await this.#bucket.get(key);
    if (found?.etag !== etag) throw new CodedError('changed', `${this.#bucket.describe(key)} has changed`);
    return found.body;
  }

  /** The file has its full size, with a hole where the bytes are not copied. */
  async #write(name: string, size: number, bytes: Buffer): Promise<void> {
    const path = join(this.#directory, name);
    const temporary = join(this.#notes, temporaryName());
    const file = await open(temporary, 'wx');
    try {
      await file.truncate(size);
      await file.write(bytes, 0, bytes.length, size - bytes.length);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }
}
