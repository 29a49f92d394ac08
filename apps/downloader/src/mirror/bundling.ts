import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleShelf } from '@crates-mirror/bucket-mirror/bundles';
import { BundleFolder, BundleWriter, CATALOG_NAME, type NewCatalogEntry } from '@crates-mirror/bundle';
import type { BundleOptions } from '@crates-mirror/downloader-options';
import { CodedError, errorCode, errorMessage, isNoSpace } from '@crates-mirror/errors';
import { crateUrls } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { formatBytes } from '@crates-mirror/progress';
import type { LaneBundling } from '../lane/options.ts';
import type { BundleGroup } from '../lane/protocol.ts';

const MAX_FRAME = 4 << 20;
const MIN_FRAME = 64 << 10;
/**
 * A bundle holds at least this many frames, so that small bundles end up close to their target
 * size.
 */
const MIN_FRAMES = 8;

interface Verification {
  readonly verifyAll: boolean;
  readonly isToVerify: ((bundle: string) => boolean) | undefined;
  readonly cratesBaseUrl: string;
}

/** Where finished bundles go from the local folder. */
interface Onward {
  readonly shelf: BundleShelf;
  /** Its catalog, for messages. */
  readonly catalog: string;
}

/** The bundles of one run. */
export class Bundling {
  /** Bundles finished in this run. */
  readonly finished: NewCatalogEntry[] = [];
  readonly catalog: string;
  readonly options: BundleOptions;
  readonly #folder: BundleFolder;
  readonly #writer: BundleWriter;
  readonly #frameSize: number;
  #hasFailed = false;

  readonly #shelf: BundleShelf | undefined;

  /**
   * Opens a folder of bundles, and recovers what an earlier run left unfinished.
   *
   * @param onward for a mirror in an object store
   */
  static async open(
    options: BundleOptions,
    { verifyAll, isToVerify, cratesBaseUrl }: Verification,
    logger: Logger,
    onward?: Onward,
  ): Promise<Bundling> {
    const { shelf } = onward ?? {};
    const folder = await BundleFolder.open({
      directory: options.directory,
      verifyAll,
      isToVerify,
      urlOf: crateUrls(cratesBaseUrl),
      ...(shelf && { firstNumber: shelf.nextNumber, isElsewhere: (entry) => shelf.isStored(entry) }),
      onNote: (level, message) => logger[level](message),
    });
    await shelf?.storeLeft(folder.held);
    return new Bundling(options, folder, logger, onward);
  }

  private constructor(options: BundleOptions, folder: BundleFolder, logger: Logger, onward?: Onward) {
    this.options = options;
    this.catalog = onward?.catalog ?? join(options.directory, CATALOG_NAME);
    this.#shelf = onward?.shelf;
    this.#folder = folder;
    const share = Math.floor(options.sizeLimit / MIN_FRAMES);
    this.#frameSize = Math.min(MAX_FRAME, Math.max(MIN_FRAME, share));
    this.#writer = new BundleWriter(folder, {
      sizeLimit: options.sizeLimit,
      frameSize: this.#frameSize,
      onFinished: async (entry) => {
        this.finished.push(entry);
        logger.debug({ bundle: entry.path, entries: entry.entries, size: entry.size }, 'bundle finished');
        await this.#shelf?.add(entry);
      },
    });
  }

  get forLanes(): LaneBundling {
    const { mode, directory } = this.options;
    const { held, files } = this.#folder;
    return { mode, directory, held, files, frameSize: this.#frameSize };
  }

  /** @returns the id of the bundle that holds the group, once it is on disk */
  async append(group: BundleGroup): Promise<string> {
    try {
      return await this.#writer.append(group);
    } catch (error) {
      this.#hasFailed = true;
      throw this.#explain(error, group.kind === 'file' ? group.member.size : group.length);
    }
  }

  /**
   * Finishes the current bundle, and waits until all are stored. After a failure the bundle is left unfinished, and the next run
   * resumes it.
   */
  async close(): Promise<void> {
    if (this.#hasFailed) {
      await this.#writer.abandon();
      return;
    }
    try {
      await this.#writer.close();
      await this.#shelf?.done();
    } catch (error) {
      await this.#writer.abandon();
      throw this.#explain(error, MIN_FRAME);
    }
  }

  #explain(error: unknown, needed: number): CodedError {
    const { directory, sizeLimit } = this.options;
    const code = errorCode(error);
    const space = isNoSpace(code) ? ` (${spaceIn(code, directory, needed, sizeLimit)})` : '';
    const hint = error instanceof CodedError && error.hint !== undefined ? { hint: error.hint } : {};
    const message = `bundles in ${directory}: ${errorMessage(error)}${space}`;
    return new CodedError(code, message, { cause: error, ...hint });
  }
}

function spaceIn(code: string, directory: string, needed: number, sizeLimit: number): string {
  if (code === 'EFBIG') return 'the file system has no larger files: choose a smaller --bundle-size-gb';
  const { bavail, bsize, files, ffree } = statfsSync(directory);
  // Some file systems have no inode limit and report zero files.
  if (files > 0 && ffree === 0) return 'no inode is free, as df -i shows';
  return `${formatBytes(bavail * bsize)} free, ${formatBytes(needed)} needed at once, up to ${formatBytes(sizeLimit)} for each further bundle`;
}
