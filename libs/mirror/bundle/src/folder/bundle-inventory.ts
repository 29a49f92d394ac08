import { rmSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorMessage } from '@crates-mirror/errors';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { readMembers } from '../format/bundle-manifest.ts';
import { type CatalogEntry, type NewCatalogEntry, readCatalog } from '../format/catalog.ts';
import { CATALOG_NAME } from '../format/names.ts';
import {
  type CheckedBundle,
  type CheckedManifest,
  type InventoryFile,
  ledgerChecksum,
  readInventory,
  writeInventory,
} from './inventory-file.ts';
import { MemberLedger } from './member-ledger.ts';
import { rebuildManifest, type UrlOf } from './rebuild-manifest.ts';

/** What happens to an unreliable bundle, phrased to follow its flaw. */
function mirroredAnew({ bundle }: CatalogEntry): string {
  return `its members are mirrored anew. Once it has been, remove ${bundle}-* and its line in ${CATALOG_NAME}`;
}

export type Note = (level: 'info' | 'warn', message: string) => void;

/** The knowledge about a folder of bundles without recovering, writing or hashing anything. */
export interface PresentBundles {
  /**
   * Ids of the bundles whose members a run would most likely count as mirrored: those that exist
   * with the size in the catalog, and the unfinished one.
   */
  readonly ids: readonly string[];
  /** A run would rebuild the member ledger, because it does not list all held members. */
  readonly isLedgerDamaged: boolean;
}

export async function presentBundles(directory: string, ledgerDirectory: string): Promise<PresentBundles> {
  const finished = [...readCatalog(directory).values()].filter(
    ({ path, size }) => statSync(join(directory, path), { throwIfNoEntry: false })?.size === size,
  );
  const { open = null, members_crc32 = null } = readInventory(ledgerDirectory) ?? {};
  return {
    ids: [...finished.map(({ bundle }) => bundle), ...(open === null ? [] : [open])],
    isLedgerDamaged: members_crc32 !== null && members_crc32 !== (await ledgerChecksum(ledgerDirectory)),
  };
}

interface InventoryOptions {
  readonly isToVerify: (bundle: string) => boolean;
  readonly open: string | null;
  readonly urlOf: UrlOf | undefined;
  /** Whether a bundle is intact in another place. */
  readonly isElsewhere: (entry: CatalogEntry) => boolean;
  readonly onNote: Note;
}

/**
 * Which bundles of a folder are reliable, and their member ledger. A bundle with the size and mtime
 * of its last check is trusted; any other is hashed and compared with the catalog. The same applies
 * to its manifest.
 */
export class BundleInventory {
  readonly #directory: string;
  readonly #ledgerDirectory: string;
  readonly #bundles = new Map<string, CheckedBundle>();
  /** Flaws of the bundles’ manifests, by bundle id. */
  readonly #manifestFlaws = new Map<string, string>();
  #open: string | null = null;
  #ledgerChecksum: string | null = null;

  private constructor(directory: string, ledgerDirectory: string) {
    this.#directory = directory;
    this.#ledgerDirectory = ledgerDirectory;
  }

  /**
   * Checks the bundles of a catalog, and rebuilds the member ledger unless it is known to list
   * exactly these. A manifest that is missing or damaged is made anew from its bundle.
   *
   * @param isToVerify whether to hash a bundle even if it looks unchanged
   * @param open the recovered bundle, if there is one
   */
  static async check(
    directory: string,
    ledgerDirectory: string,
    catalog: readonly CatalogEntry[],
    { isToVerify, open, urlOf, isElsewhere, onNote }: InventoryOptions,
  ): Promise<BundleInventory> {
    const inventory = new BundleInventory(directory, ledgerDirectory);
    const before = readInventory(ledgerDirectory);
    // A recovered bundle may have lost members that are still in the ledger.
    let isLedgerTrue = before !== undefined && open === null;
    for (const entry of catalog) {
      // Hashing all bundles may take hours. Yielding lets the heartbeat of the lock run meanwhile.
      await nextTurn();
      const trusted = before?.bundles[entry.bundle] ?? undefined;
      const trustedNow = isToVerify(entry.bundle) ? undefined : trusted;
      const now = isElsewhere(entry) ? elsewhere(entry) : checkBundle(directory, entry, trustedNow, onNote);
      if (now !== undefined)
        inventory.#bundles.set(entry.bundle, { ...now, ...inventory.#watchManifest(entry, trustedNow) });
      if (now !== undefined && (trusted === undefined || trusted.sha256 !== entry.sha256))
        isLedgerTrue = false;
    }
    await inventory.#rebuildManifests(catalog, urlOf, onNote);
    const known = new Set([...catalog.map(({ bundle }) => bundle), open]);
    for (const id of [...Object.keys(before?.bundles ?? {}), before?.open ?? null]) {
      if (!known.has(id) && id !== null) isLedgerTrue = false;
    }
    isLedgerTrue &&= before !== undefined && (await inventory.#checkLedger(before, onNote));
    if (isLedgerTrue) inventory.#reportManifestFlaws(onNote);
    else inventory.#rebuildLedger(catalog, onNote);
    inventory.#open = open;
    await inventory.seal();
    return inventory;
  }

  /** Ids of the bundles whose members count as mirrored. */
  get held(): string[] {
    return [...this.#bundles.keys(), ...(this.#open === null ? [] : [this.#open])];
  }

  /** File names of finished bundles, by bundle id. */
  get files(): Record<string, string> {
    return Object.fromEntries(Array.from(this.#bundles, ([id, { path }]) => [id, path]));
  }

  /** Must be called before the first member of a new bundle is added. */
  opened(id: string): void {
    this.#open = id;
    this.#ledgerChecksum = null;
    this.#write();
  }

  finished(entry: NewCatalogEntry): void {
    const { path, sha256 } = entry;
    const { size, mtimeMs } = statSync(join(this.#directory, path));
    const manifest = manifestState(statSync(join(this.#directory, entry.manifest)));
    this.#bundles.set(entry.bundle, { path, size, mtime_ms: mtimeMs, sha256, ...manifest });
    this.#open = null;
    this.#write();
  }

  /**
   * Records the ledger's checksum, so that later damage is detected. Nothing more is added unless
   * another bundle is opened.
   */
  async seal(): Promise<void> {
    if (this.#open === null) this.#ledgerChecksum ??= await ledgerChecksum(this.#ledgerDirectory);
    this.#write();
  }

  /** @returns whether the ledger is unchanged since the last run */
  async #checkLedger({ members_crc32 }: InventoryFile, onNote: Note): Promise<boolean> {
    const now = await ledgerChecksum(this.#ledgerDirectory);
    const isAsLeft = now !== null && (members_crc32 === undefined || members_crc32 === now);
    if (isAsLeft) this.#ledgerChecksum = now;
    // A run that was killed could not record a checksum.
    else if (members_crc32 !== null)
      onNote('warn', `${this.#ledgerDirectory} is damaged: made anew from the manifests`);
    return isAsLeft;
  }

  #rebuildLedger(catalog: readonly CatalogEntry[], onNote: Note): void {
    rmSync(this.#ledgerDirectory, { recursive: true, force: true });
    makeDirectories(this.#ledgerDirectory);
    const ledger = new MemberLedger(this.#ledgerDirectory, []);
    for (const entry of catalog) {
      if (!this.#bundles.has(entry.bundle)) continue;
      try {
        const flaw = this.#manifestFlaws.get(entry.bundle);
        if (flaw !== undefined) throw new Error(flaw);
        this.#checkManifest(entry, undefined);
        ledger.rememberAll(entry.bundle, readMembers(join(this.#directory, entry.manifest)));
      } catch (error) {
        this.#bundles.delete(entry.bundle);
        onNote('warn', `${errorMessage(error)}; the content of ${entry.path} is mirrored again`);
      }
    }
    ledger.flush();
  }

  /** @returns the state by which the manifest is trusted from now on; undefined if it is not */
  #watchManifest(entry: CatalogEntry, trusted: CheckedBundle | undefined): CheckedManifest | undefined {
    try {
      return this.#checkManifest(entry, trusted);
    } catch (error) {
      this.#manifestFlaws.set(entry.bundle, errorMessage(error));
      return undefined;
    }
  }

  async #rebuildManifests(
    catalog: readonly CatalogEntry[],
    urlOf: UrlOf | undefined,
    onNote: Note,
  ): Promise<void> {
    const intact = catalog.filter(({ bundle }) => !this.#manifestFlaws.has(bundle));
    for (const entry of catalog) {
      const flaw = this.#manifestFlaws.get(entry.bundle);
      const checked = this.#bundles.get(entry.bundle);
      if (flaw === undefined || checked === undefined) continue;
      const names = intact.map(({ manifest }) => manifest);
      const reason = await rebuildManifest(this.#directory, entry, names, urlOf);
      if (reason === undefined) {
        onNote('warn', `${flaw}: made anew from ${entry.path}`);
        this.#manifestFlaws.delete(entry.bundle);
        this.#bundles.set(entry.bundle, { ...checked, ...this.#watchManifest(entry, undefined) });
      } else this.#manifestFlaws.set(entry.bundle, `${flaw}, and cannot be made anew (${reason})`);
    }
  }

  /**
   * Reports bad manifests. A bundle still holds its members without a manifest, but they can no
   * longer be verified.
   */
  #reportManifestFlaws(onNote: Note): void {
    for (const flaw of this.#manifestFlaws.values())
      onNote('warn', `${flaw}: put it back from a copy of this folder`);
  }

  /** @throws if the manifest does not match the catalog */
  #checkManifest(
    { manifest, manifest_sha256 }: CatalogEntry,
    trusted: CheckedBundle | undefined,
  ): CheckedManifest {
    const path = join(this.#directory, manifest);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new Error(`${manifest} is missing`);
    if (!stats.isFile()) throw new Error(`${manifest} is no file`);
    const now = manifestState(stats);
    if (now.manifest_size === trusted?.manifest_size && now.manifest_mtime_ms === trusted.manifest_mtime_ms)
      return now;
    if (sha256File(path).sha256 !== manifest_sha256)
      throw new Error(`${manifest} is not what the catalog says it is`);
    return now;
  }

  #write(): void {
    writeInventory(this.#ledgerDirectory, mirrorHome(this.#directory).temporaryDirectory, {
      bundles: Object.fromEntries(this.#bundles),
      open: this.#open,
      members_crc32: this.#ledgerChecksum,
    });
  }
}

function manifestState({ size, mtimeMs }: Stats): CheckedManifest {
  return { manifest_size: size, manifest_mtime_ms: mtimeMs };
}

/** A time that no file has: if the bundle comes back here, it is hashed. */
function elsewhere({ path, size, sha256 }: CatalogEntry): CheckedBundle {
  return { path, size, mtime_ms: 0, sha256 };
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
