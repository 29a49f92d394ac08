import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { indexShard } from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';
import { makeDirectories, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing';
import { readMembers } from './bundle-manifest.ts';
import { type CatalogEntry, type NewCatalogEntry, readCatalog } from './catalog.ts';
import { MemberLedger } from './member-ledger.ts';
import { CATALOG_NAME } from './names.ts';

const FILE_NAME = 'holdings.json';
const FORMAT_VERSION = 1;
const FLUSH_EVERY = 10_000;

/** What becomes of a bundle that cannot be relied on, in words that follow what is wrong with it. */
function mirroredAnew({ bundle }: CatalogEntry): string {
  return `what was in it is mirrored anew. Once it has been, remove ${bundle}-* and its line in ${CATALOG_NAME}`;
}

/** A bundle as it was when its bytes were last checked. */
interface CheckedBundle {
  readonly path: string;
  readonly size: number;
  readonly mtime_ms: number;
  readonly sha256: string;
}

interface HoldingsFile {
  readonly format_version: number;
  readonly bundles: Record<string, CheckedBundle>;
  /** The bundle under way, whose members the ledger has too. */
  readonly open: string | null;
}

export type Note = (level: 'info' | 'warn', message: string) => void;

/**
 * Ids of the bundles whose members a run would most likely count as mirrored: those that are there, as long as the catalog
 * says, and the one under way. Nothing is hashed, recovered or written.
 */
export function presentBundles(directory: string, ledgerDirectory: string): string[] {
  const finished = [...readCatalog(directory).values()].filter(
    ({ path, size }) => statSync(join(directory, path), { throwIfNoEntry: false })?.size === size,
  );
  const open = readHoldings(join(ledgerDirectory, FILE_NAME))?.open ?? null;
  return [...finished.map(({ bundle }) => bundle), ...(open === null ? [] : [open])];
}

/**
 * Which bundles of a folder can be relied on, and the member ledger that goes with them. A bundle whose size and mtime
 * are those of its last check is trusted; any other is hashed and compared with the catalog.
 */
export class Holdings {
  readonly #directory: string;
  readonly #ledgerDirectory: string;
  readonly #bundles = new Map<string, CheckedBundle>();
  #open: string | null = null;

  private constructor(directory: string, ledgerDirectory: string) {
    this.#directory = directory;
    this.#ledgerDirectory = ledgerDirectory;
  }

  /**
   * Checks the bundles of a catalog, and makes the member ledger anew unless it is known to tell of just these.
   *
   * @param verifyAll trust none, hash every bundle
   * @param open the recovered bundle, if there is one
   */
  static async check(
    directory: string,
    ledgerDirectory: string,
    catalog: readonly CatalogEntry[],
    { verifyAll, open, onNote }: { verifyAll: boolean; open: string | null; onNote: Note },
  ): Promise<Holdings> {
    const holdings = new Holdings(directory, ledgerDirectory);
    const before = readHoldings(join(ledgerDirectory, FILE_NAME));
    // A recovered bundle may have lost members that the ledger still tells of.
    let isLedgerTrue = before !== undefined && open === null;
    for (const entry of catalog) {
      // Hashing them all may take hours, in which the lock has to show that somebody lives.
      await nextTurn();
      const trusted = before?.bundles[entry.bundle] ?? undefined;
      const now = checkBundle(directory, entry, verifyAll ? undefined : trusted, onNote);
      if (now !== undefined) holdings.#bundles.set(entry.bundle, now);
      if (now !== undefined) holdings.#watchManifest(entry, verifyAll, onNote);
      if (now !== undefined && (trusted === undefined || trusted.sha256 !== entry.sha256))
        isLedgerTrue = false;
    }
    const known = new Set([...catalog.map(({ bundle }) => bundle), open]);
    for (const id of [...Object.keys(before?.bundles ?? {}), before?.open ?? null]) {
      if (!known.has(id) && id !== null) isLedgerTrue = false;
    }
    if (!isLedgerTrue) holdings.#rebuildLedger(catalog, onNote);
    holdings.#open = open;
    holdings.#write();
    return holdings;
  }

  /** Ids of the bundles whose members count as mirrored. */
  get held(): string[] {
    return [...this.#bundles.keys(), ...(this.#open === null ? [] : [this.#open])];
  }

  /** Comes before the first member of a new bundle. */
  opened(id: string): void {
    this.#open = id;
    this.#write();
  }

  finished(entry: NewCatalogEntry): void {
    const { size, mtimeMs } = statSync(join(this.#directory, entry.path));
    this.#bundles.set(entry.bundle, { path: entry.path, size, mtime_ms: mtimeMs, sha256: entry.sha256 });
    this.#open = null;
    this.#write();
  }

  #rebuildLedger(catalog: readonly CatalogEntry[], onNote: Note): void {
    rmSync(this.#ledgerDirectory, { recursive: true, force: true });
    makeDirectories(this.#ledgerDirectory);
    const ledger = new MemberLedger(this.#ledgerDirectory, []);
    let count = 0;
    for (const entry of catalog) {
      if (!this.#bundles.has(entry.bundle)) continue;
      try {
        this.#checkManifest(entry);
        for (const { name, path, size, sha256 } of readMembers(join(this.#directory, entry.manifest))) {
          ledger.remember(indexShard(name), path, { bundle: entry.bundle, size, sha256 });
          count += 1;
          if (count % FLUSH_EVERY === 0) ledger.flush();
        }
      } catch (error) {
        this.#bundles.delete(entry.bundle);
        onNote('warn', `${errorMessage(error)}; what is in ${entry.path} is mirrored again`);
      }
    }
    ledger.flush();
  }

  /** A bundle without its manifest still holds what it holds, but nobody could tell any more whether it is right. */
  #watchManifest(entry: CatalogEntry, isHashing: boolean, onNote: Note): void {
    const stats = statSync(join(this.#directory, entry.manifest), { throwIfNoEntry: false });
    try {
      if (stats === undefined) throw new Error(`${entry.manifest} is missing`);
      if (isHashing) this.#checkManifest(entry);
    } catch (error) {
      onNote('warn', `${errorMessage(error)}: put it back from a copy of this folder`);
    }
  }

  #checkManifest({ manifest, manifest_sha256 }: CatalogEntry): void {
    const { sha256 } = sha256File(join(this.#directory, manifest));
    if (sha256 !== manifest_sha256) throw new Error(`${manifest} is not what the catalog says it is`);
  }

  #write(): void {
    const content: HoldingsFile = {
      format_version: FORMAT_VERSION,
      bundles: Object.fromEntries(this.#bundles),
      open: this.#open,
    };
    writeFileAtomic(join(this.#ledgerDirectory, FILE_NAME), `${JSON.stringify(content)}\n`, {
      durable: true,
    });
  }
}

/** @returns undefined when the file is missing, damaged or of another version: it is a cache */
function readHoldings(path: string): HoldingsFile | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as HoldingsFile;
    return value.format_version === FORMAT_VERSION &&
      typeof value.bundles === 'object' &&
      value.bundles !== null
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

function checkBundle(
  directory: string,
  entry: CatalogEntry,
  trusted: CheckedBundle | undefined,
  onNote: Note,
): CheckedBundle | undefined {
  const { path, size, sha256 } = entry;
  const stats = statSync(join(directory, path), { throwIfNoEntry: false });
  if (stats === undefined) {
    onNote('warn', `${path} is missing: ${mirroredAnew(entry)}`);
    return undefined;
  }
  const now = { path, size: stats.size, mtime_ms: stats.mtimeMs, sha256 };
  if (stats.size === trusted?.size && stats.mtimeMs === trusted.mtime_ms && trusted.sha256 === sha256)
    return now;
  if (stats.size === size) onNote('info', `${path}: checking its SHA-256`);
  if (stats.size !== size || sha256File(join(directory, path)).sha256 !== sha256) {
    onNote('warn', `${path} is damaged: ${mirroredAnew(entry)}`);
    return undefined;
  }
  return now;
}
