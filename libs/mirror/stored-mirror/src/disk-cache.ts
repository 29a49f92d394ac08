import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '@crates-mirror/errors';

/** Files with other names are not touched. */
const KEY = /^[0-9a-f]{64}$/;
const TEMPORARY = /^tmp-[0-9a-f-]{36}$/;
/** A temporary file of this age was left by a process that was killed. ms */
const ABANDONED_MS = 3_600_000;
/** The time of the last use is written no more often. ms */
const TOUCHED_EVERY_MS = 60_000;
/**
 * Shares of the size: what a process adds before it looks at the whole directory, what starts the
 * removal of files, and what remains then. Two processes together stay below the size.
 */
const UNSEEN = 1 / 16;
const FULL = 7 / 8;
const EMPTIED = 3 / 4;

interface Kept {
  readonly path: string;
  readonly size: number;
  readonly usedAt: number;
}

/**
 * Files on the local disk by SHA-256, of a limited total size. Those that were not used for the
 * longest time are removed first. Several processes may share a directory.
 */
export class DiskCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #onNote: (message: string) => void;
  #isFailing = false;
  /** Bytes that were added since the directory was last looked at. */
  #added = 0;
  #sweeping: Promise<void> | undefined;

  /**
   * @param directory made when it is first needed
   * @param onNote called once if files cannot be kept
   */
  constructor(directory: string, maxBytes: number, onNote: (message: string) => void) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#onNote = onNote;
    this.#added = maxBytes;
  }

  /** Opens a file. @returns undefined if it is not kept */
  async open(sha256: string): Promise<FileHandle | undefined> {
    const path = this.#pathOf(sha256);
    const file = await open(path, 'r').catch(() => undefined);
    if (file === undefined) return undefined;
    const now = Date.now();
    const { mtimeMs } = await file.stat();
    // Its mtime says when it was last used.
    if (now - mtimeMs > TOUCHED_EVERY_MS) await utimes(path, now / 1000, now / 1000).catch(() => {});
    return file;
  }

  /**
   * Keeps bytes that were verified, or are verified by the iteration.
   *
   * @returns whether they are kept: a full or broken disk is noted and does not matter
   * @throws any error of the iteration
   */
  async keep(sha256: string, pieces: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<boolean> {
    const temporary = join(this.#directory, `tmp-${randomUUID()}`);
    const file = await this.#try(async () => {
      await mkdir(join(this.#directory, sha256.slice(0, 2)), { recursive: true });
      return open(temporary, 'wx');
    });
    if (file === undefined) return false;
    let size = 0;
    let isKept = true;
    try {
      for await (const piece of pieces) {
        size += piece.length;
        isKept &&= (await this.#try(() => file.appendFile(piece).then(() => true))) === true;
      }
    } catch (error) {
      isKept = false;
      throw error;
    } finally {
      await file.close().catch(() => {});
      if (isKept)
        isKept = (await this.#try(() => rename(temporary, this.#pathOf(sha256)).then(() => true))) === true;
      if (!isKept) await rm(temporary, { force: true }).catch(() => {});
    }
    this.#added += size;
    if (this.#added > this.#maxBytes * UNSEEN) this.#sweepLater();
    return isKept;
  }

  /** Removes a file that is damaged. */
  async drop(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true }).catch(() => {});
  }

  /** Waits for a removal of files that is under way. */
  async close(): Promise<void> {
    await this.#sweeping;
  }

  #pathOf(sha256: string): string {
    return join(this.#directory, sha256.slice(0, 2), sha256);
  }

  async #try<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await action();
      this.#isFailing = false;
      return result;
    } catch (error) {
      if (!this.#isFailing)
        this.#onNote(`cannot keep crate files in ${this.#directory}: ${errorMessage(error)}`);
      this.#isFailing = true;
      return undefined;
    }
  }

  #sweepLater(): void {
    this.#added = 0;
    this.#sweeping ??= this.#try(() => this.#sweep()).then(() => {
      this.#sweeping = undefined;
    });
  }

  async #sweep(): Promise<void> {
    await this.#removeAbandoned();
    const files = await this.#list();
    let total = files.reduce((sum, { size }) => sum + size, 0);
    if (total <= this.#maxBytes * FULL) return;
    for (const { path, size } of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#maxBytes * EMPTIED) return;
      await rm(path, { force: true });
      total -= size;
    }
  }

  async #list(): Promise<Kept[]> {
    const files: Kept[] = [];
    for (const folder of await readdir(this.#directory)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      const path = join(this.#directory, folder);
      for (const name of await readdir(path)) {
        const stats = KEY.test(name) ? await stat(join(path, name)).catch(() => undefined) : undefined;
        // Another process may have removed it.
        if (stats !== undefined)
          files.push({ path: join(path, name), size: stats.size, usedAt: stats.mtimeMs });
      }
    }
    return files;
  }

  async #removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const stats = TEMPORARY.test(name) ? await stat(path).catch(() => undefined) : undefined;
      if (stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
    }
  }
}
