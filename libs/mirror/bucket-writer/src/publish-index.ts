import {
  CRATES,
  headersOf,
  INDEX,
  isKeyInShard,
  KnownObjects,
  keysOfCrate,
} from '@crates-mirror/bucket-mirror';
import { MemberLedger } from '@crates-mirror/bundle';
import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import {
  type Entry,
  type IndexSource,
  indexShard,
  openIndex,
  parseIndexFile,
  readCrateList,
  walkIndex,
} from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { type Layout, mirrorHome, parseLayout } from '@crates-mirror/layout';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import { isFileInShard, shardOfIndex } from '@crates-mirror/layout/shard-of-index';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import type { Bucket } from '@crates-mirror/s3';
import { type SelectionData, selectorOf } from '@crates-mirror/selection/selector';
import { keepLines } from '@crates-mirror/sparse-index';

const CONFIG = `${INDEX}config.json`;
/** Parallel uploads. */
const CONCURRENCY = 32;
const FILES_PER_BATCH = 256;
/**
 * The largest share of the published index files that one run removes, and a number that is always
 * few. An index that lacks more is probably not the whole index.
 */
const MAX_REMOVED_SHARE = 0.01;
const ALWAYS_FEW = 10;

/** The index that is published. */
export interface PublishedIndex {
  readonly directory: string;
  /** File that lists the only crates to consider; undefined for all. */
  readonly only: string | undefined;
}

export interface PublishOptions {
  readonly source: PublishedIndex;
  readonly selection: SelectionData;
  readonly layout: string;
  /** Where clients find the prefix, without a trailing slash. */
  readonly publicUrl: string;
  /** The share of the crates whose index files are published; undefined for all. */
  readonly shard: RunShard | undefined;
  /** Where members of stored bundles are recorded; undefined for a mirror without bundles. */
  readonly members: { readonly directory: string; readonly held: readonly string[] } | undefined;
  /** Whether any number of index files may be removed [no]. */
  readonly allowMassRemoval?: boolean;
}

export interface PublishPlace {
  readonly bucket: Pick<Bucket, 'put' | 'delete'>;
  /** Directory of the notes about the objects. */
  readonly objectsDirectory: string;
  /** Called before each write. @throws FatalError if another run may be writing */
  readonly check: () => void;
  readonly signal: AbortSignal;
}

/**
 * Publishes the index of a mirror in a bucket, once its crate files are in place. An index file
 * names the selected versions whose crate files are in the bucket with the checksum of the index.
 * Only index files that differ are written, and `config.json` last.
 *
 * @throws FatalError if the store fails
 */
export async function publishIndex(
  options: PublishOptions,
  place: PublishPlace,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  const { source, selection, layout, publicUrl, shard, members, allowMassRemoval = false } = options;
  const whole = await openIndex(source.directory);
  const index = shard === undefined ? whole : shardOfIndex(whole, shard);
  const { select } = await selectorOf(selection);
  const ledger = members && new MemberLedger(mirrorHome(members.directory).membersDirectory, members.held);
  const publisher = new IndexPublisher(index, place, parseLayout(layout), ledger, (path, content) => {
    const { entries, problems } = parseIndexFile(content, path);
    return { entries: select({ path, content, entries }), isUsable: problems.length === 0 };
  });
  if (source.only === undefined) await publisher.publishAll();
  else await publisher.publish(filesIn(source.only, shard));
  await publisher.removeGone(shard, allowMassRemoval, logger);
  await publisher.writeConfig(publicUrl);
  const { written, removed } = publisher;
  if (written + removed > 0)
    logger.info(
      `published the index: ${formatCount(written)} files written, ${formatCount(removed)} removed`,
    );
}

/** @param only a file that lists crates */
function filesIn(only: string, shard: RunShard | undefined): readonly string[] {
  const files = readCrateList(only, '--only-crates', () => {});
  return shard === undefined ? files : files.filter((file) => isFileInShard(file, shard));
}

interface Selected {
  readonly entries: readonly Entry[];
  /** Whether all lines could be read. */
  readonly isUsable: boolean;
}

class IndexPublisher {
  written = 0;
  removed = 0;
  readonly #index: IndexSource;
  readonly #place: PublishPlace;
  readonly #layout: Layout;
  readonly #selectedIn: (path: string, content: Buffer) => Selected;
  readonly #known: KnownObjects;
  readonly #members: MemberLedger | undefined;

  constructor(
    index: IndexSource,
    place: PublishPlace,
    layout: Layout,
    members: MemberLedger | undefined,
    selectedIn: (path: string, content: Buffer) => Selected,
  ) {
    this.#index = index;
    this.#place = place;
    this.#layout = layout;
    this.#members = members;
    this.#selectedIn = selectedIn;
    this.#known = new KnownObjects(place.objectsDirectory);
  }

  async publishAll(): Promise<void> {
    // The run has reported what cannot be read.
    for (const { files } of walkIndex(this.#index, FILES_PER_BATCH, () => {})) await this.publish(files);
  }

  /** Removes the index files of crates that have left the index, unless they are too many. */
  async removeGone(
    shard: RunShard | undefined,
    isAnyNumber: boolean,
    logger: Pick<Logger, 'warn'>,
  ): Promise<void> {
    const isOurs = (key: string): boolean => shard === undefined || isKeyInShard(key, shard) === true;
    const published = [...this.#known.keys(INDEX)].filter((key) => key !== CONFIG && isOurs(key));
    const gone = published.filter((key) => this.#index.lacks(key.slice(INDEX.length)));
    if (!this.#index.isStillThere()) return;
    const most = isAnyNumber ? published.length : Math.max(ALWAYS_FEW, MAX_REMOVED_SHARE * published.length);
    if (gone.length > most) {
      logger.warn(
        `${formatCount(gone.length)} of ${formatCount(published.length)} published index files are not in the index, which is too much to remove: they stay`,
      );
      return;
    }
    for (const key of gone) await this.#remove(key);
    this.#known.flush();
  }

  /** @param files paths of index files; those that are not in the index are no longer published */
  async publish(files: readonly string[]): Promise<void> {
    await forEachOf(files, CONCURRENCY, (file) => this.#publishFile(file));
    this.#known.flush();
  }

  async writeConfig(publicUrl: string): Promise<void> {
    const dl = `${publicUrl}/${CRATES}${this.#layout.id}?sha256={sha256-checksum}`;
    await this.#put(CONFIG, Buffer.from(`${JSON.stringify({ dl, api: null })}\n`));
    this.#known.flush();
  }

  async #publishFile(file: string): Promise<void> {
    const key = INDEX + file;
    const content = this.#read(file);
    if (content === 'unreadable') return;
    if (content === 'gone') return this.#remove(key);
    const { entries, isUsable } = this.#selectedIn(file, content);
    const held = entries.filter((entry) => this.#isHeld(entry));
    if (held.length > 0) return this.#put(key, keepLines(content, held));
    // A damaged index file is no evidence that its crate has left the index.
    if (isUsable) await this.#remove(key);
  }

  #isHeld({ name, version, cksum }: Entry): boolean {
    const crate = { name, version, sha256: cksum };
    if (this.#members?.find(indexShard(name), this.#layout.pathOf(crate))?.sha256 === cksum) return true;
    const keys = keysOfCrate(this.#layout, crate);
    return keys.every((key) => this.#known.find(key)?.sha256 === cksum);
  }

  #read(file: string): Buffer | 'gone' | 'unreadable' {
    try {
      if (this.#index.lacks(file)) return this.#index.isStillThere() ? 'gone' : 'unreadable';
      // The memory of a source is reused by its next read.
      return Buffer.from(this.#index.read(file));
    } catch {
      // The run has reported it.
      return 'unreadable';
    }
  }

  async #put(key: string, bytes: Buffer): Promise<void> {
    const sha256 = sha256Hex(bytes);
    if (this.#known.find(key)?.sha256 === sha256) return;
    this.#beforeWrite();
    const body = { size: bytes.length, sha256, pieces: () => [bytes] };
    const etag = await this.#place.bucket.put(key, body, headersOf(key));
    this.#known.remember(key, { size: bytes.length, etag: etag ?? '', sha256 });
    this.written += 1;
  }

  async #remove(key: string): Promise<void> {
    if (this.#known.find(key) === undefined) return;
    this.#beforeWrite();
    await this.#place.bucket.delete(key);
    this.#known.forget(key);
    this.removed += 1;
  }

  #beforeWrite(): void {
    this.#place.signal.throwIfAborted();
    this.#place.check();
  }
}
