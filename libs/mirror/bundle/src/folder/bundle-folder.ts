import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { makeDirectories, removeTemporaries } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { repairLedger } from '@crates-mirror/manifest';
import { readMembers, readWholeMembers } from '../format/bundle-manifest.ts';
import { appendToCatalog, type CatalogEntry, type NewCatalogEntry, readCatalog } from '../format/catalog.ts';
import type { Member } from '../format/member.ts';
import { bundleId, bundleNumber, isFinalName, LAST_NUMBER, partialNames } from '../format/names.ts';
import { openSeekable } from '../read/seekable-file.ts';
import { recoverBundle } from '../recover/recover.ts';
import { BundleFile, type BundleState } from '../write/bundle-file.ts';
import { BundleInventory, type Note } from './bundle-inventory.ts';
import { MemberLedger, membersKnownOf } from './member-ledger.ts';
import type { UrlOf } from './rebuild-manifest.ts';

/** Bytes. Two crate names and a digest take a few hundred. */
const MAX_SUMS = 4096;

export interface BundleFolderOptions {
  /** Folder of the bundles. The caller holds its lock and has prepared its home. */
  readonly directory: string;
  /** Hashes every bundle instead of trusting any. */
  readonly verifyAll: boolean;
  /** Selects bundles to hash even if they look unchanged [none]. */
  readonly isToVerify?: ((bundle: string) => boolean) | undefined;
  /** The number of the first bundle in an empty folder [1]. */
  readonly firstNumber?: number;
  /** URLs of crate files upstream, for damaged manifests [as in those of other bundles]. */
  readonly urlOf?: UrlOf | undefined;
  /** Whether a finished bundle is intact in another place, so that its file is not needed here [none is]. */
  readonly isElsewhere?: ((entry: CatalogEntry) => boolean) | undefined;
  readonly onNote: Note;
}

interface Recovered {
  readonly number: number;
  readonly state: BundleState;
}

/** A folder of bundles, prepared for a run: an unfinished bundle has been recovered. */
export class BundleFolder {
  readonly directory: string;
  readonly #inventory: BundleInventory;
  readonly #ledger: MemberLedger;
  #nextNumber: number;
  /** Set until {@link nextBundle} returns it. */
  #recovered: Recovered | undefined;

  private constructor(
    directory: string,
    inventory: BundleInventory,
    nextNumber: number,
    recovered: Recovered | undefined,
  ) {
    this.directory = directory;
    this.#inventory = inventory;
    this.#ledger = new MemberLedger(mirrorHome(directory).membersDirectory, []);
    this.#nextNumber = nextNumber;
    this.#recovered = recovered;
  }

  static async open({
    directory,
    verifyAll,
    isToVerify = () => false,
    firstNumber = 1,
    urlOf,
    isElsewhere = () => false,
    onNote,
  }: BundleFolderOptions): Promise<BundleFolder> {
    const { membersDirectory, temporaryDirectory } = mirrorHome(directory);
    removeTemporaries(temporaryDirectory);
    makeDirectories(membersDirectory);
    removeOthers(membersDirectory);
    repairLedger(membersDirectory);
    const catalog = completeCatalog(directory, isElsewhere, onNote);
    const nextNumber = numberAfterAll(directory, [firstNumber - 1, ...catalog.keys()]);
    const recovered = await recoverUnfinished(directory, catalog, onNote);
    const inventory = await BundleInventory.check(directory, membersDirectory, [...catalog.values()], {
      isToVerify: (bundle) => verifyAll || isToVerify(bundle),
      open: recovered === undefined ? null : bundleId(recovered.number),
      urlOf,
      isElsewhere,
      onNote,
    });
    if (recovered !== undefined) rememberRecovered(directory, membersDirectory, bundleId(recovered.number));
    return new BundleFolder(directory, inventory, nextNumber, recovered);
  }

  /** Ids of the bundles whose members count as mirrored. */
  get held(): string[] {
    return this.#inventory.held;
  }

  /** File names of finished bundles, by bundle id. */
  get files(): Record<string, string> {
    return this.#inventory.files;
  }

  /** The bundle to append to: the recovered one, or a new one with the next number. */
  async nextBundle(): Promise<BundleFile> {
    const recovered = this.#recovered;
    this.#recovered = undefined;
    if (recovered !== undefined) return BundleFile.open(this.directory, recovered.number, recovered.state);
    const number = this.#nextNumber;
    this.#inventory.opened(bundleId(number));
    const bundle = await BundleFile.open(this.directory, number);
    this.#nextNumber += 1;
    return bundle;
  }

  /** Whether there is an unfinished bundle from an earlier run. */
  get hasRecovered(): boolean {
    return this.#recovered !== undefined;
  }

  /** Adds members that are on disk to the ledger. */
  remember(bundle: string, members: readonly Member[]): void {
    this.#ledger.rememberAll(bundle, members);
  }

  /** @param members members of the bundle that are not yet in the ledger */
  async finish(bundle: BundleFile, members: readonly Member[]): Promise<NewCatalogEntry> {
    const entry = await bundle.finish();
    this.remember(bundle.id, members);
    this.#inventory.finished(entry);
    return entry;
  }

  /** Called when the run adds nothing more. */
  async close(): Promise<void> {
    await this.#inventory.seal();
  }
}

/** @throws UsageError if no number is left: later runs would not find a bundle with a longer one */
function numberAfterAll(directory: string, listed: Iterable<number>): number {
  const taken = [...listed, ...readdirSync(directory).map(bundleNumber)];
  const highest = Math.max(0, ...taken.filter((number) => number !== undefined));
  if (highest < LAST_NUMBER) return highest + 1;
  throw new UsageError(`${directory} has the last number that bundles can have, ${bundleId(highest)}`, {
    hint: `Move ${bundleId(highest)}* away if it is none of this folder's bundles, or name another directory`,
  });
}

/** Removes all but regular files from the member ledger, a cache that can be recreated. */
function removeOthers(membersDirectory: string): void {
  for (const entry of readdirSync(membersDirectory, { withFileTypes: true }))
    if (!entry.isFile()) rmSync(join(membersDirectory, entry.name), { recursive: true, force: true });
}

/** The catalog, plus bundles that have their final names but no line yet because of a kill. */
function completeCatalog(
  directory: string,
  isElsewhere: (entry: CatalogEntry) => boolean,
  onNote: Note,
): Map<number, CatalogEntry> {
  const onBadLine = (line: number): void =>
    onNote('warn', `bundles.index.jsonl:${line}: no entry of a catalog, passed over`);
  const catalog = readCatalog(directory, onBadLine);
  const missing = readdirSync(directory).filter(
    (name) => name.endsWith('.tar.zst') && bundleNumber(name) !== undefined && !isListed(catalog, name),
  );
  if (missing.length === 0) return catalog;
  for (const name of missing.sort()) {
    const other = catalog.get(bundleNumber(name) as number);
    if (other !== undefined && (isElsewhere(other) || existsSync(join(directory, other.path)))) {
      onNote('warn', `${name} has the number of ${other.path}: left alone`);
      continue;
    }
    try {
      appendToCatalog(directory, describeFinished(directory, name));
    } catch (error) {
      onNote('warn', `${name} is in no catalog and left alone: ${errorMessage(error)}`);
    }
  }
  return readCatalog(directory);
}

function isListed(catalog: Map<number, CatalogEntry>, name: string): boolean {
  return catalog.get(bundleNumber(name) as number)?.path === name;
}

/** @throws if the bundle does not match its `.sha256` and its manifest */
function describeFinished(directory: string, name: string): NewCatalogEntry {
  const path = join(directory, name);
  const manifest = name.replace(/\.tar\.zst$/, '.manifest.jsonl');
  const sums = `${name}.sha256`;
  if (!isFinalName(name)) throw new Error('no bundle is called that');
  // Reading a pipe would block forever.
  for (const one of [name, manifest, sums])
    if (!statSync(join(directory, one)).isFile()) throw new Error(`${one} is no file`);
  if (statSync(join(directory, sums)).size > MAX_SUMS) throw new Error(`${sums} has more than a line`);
  const expected = readFileSync(join(directory, sums), 'utf8').slice(0, 64);
  const { sha256, size } = sha256File(path);
  if (sha256 !== expected) throw new Error(`its SHA-256 is not that of ${name}.sha256`);
  const seekable = openSeekable(path);
  if (seekable === undefined) throw new Error('it has no seek table');
  seekable.close();
  let entries = 0;
  let firstCrate = '';
  let lastCrate = '';
  for (const member of readMembers(join(directory, manifest))) {
    if (entries === 0) firstCrate = member.name;
    lastCrate = member.name;
    entries += 1;
  }
  return {
    bundle: bundleId(bundleNumber(name) as number),
    path: name,
    manifest,
    first_crate: firstCrate,
    last_crate: lastCrate,
    entries,
    size,
    tar_size: seekable.contentSize,
    sha256,
    manifest_sha256: sha256File(join(directory, manifest)).sha256,
    finished_at: statSync(path).mtime.toISOString(),
  };
}

/** Recovers the unfinished bundle. There is at most one, as a run writes one at a time. */
async function recoverUnfinished(
  directory: string,
  catalog: ReadonlyMap<number, CatalogEntry>,
  onNote: Note,
): Promise<Recovered | undefined> {
  const { membersDirectory, temporaryDirectory } = mirrorHome(directory);
  const names = readdirSync(directory);
  const partials = names.filter((name) => name.endsWith('.partial') && bundleNumber(name) !== undefined);
  for (const number of new Set(partials.map((name) => bundleNumber(name) as number))) {
    const isFinished = names.some((name) => name.endsWith('.tar.zst') && bundleNumber(name) === number);
    if (isFinished || catalog.has(number)) {
      onNote(
        'warn',
        `${bundleId(number)} is finished; an older .partial of it is left alone, and can be removed`,
      );
      continue;
    }
    takeBackFinalNames(directory, number, names);
    const path = join(directory, partialNames(bundleId(number)).bundle);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0) onNote('info', `${bundleId(number)} was left unfinished: recovering it`);
    const { state, setAside, wholeMembers, lostMembers } = await recoverBundle(
      directory,
      number,
      temporaryDirectory,
      membersKnownOf(membersDirectory, bundleId(number)),
    );
    if (setAside !== undefined)
      onNote(
        'warn',
        `${bundleId(number)} is damaged after its first ${wholeMembers} members, and not by a kill: check the disk. What was in it is mirrored anew; it is kept as ${setAside}, for you to remove`,
      );
    else if (lostMembers > 0)
      onNote(
        'warn',
        `${bundleId(number)} lacks members that the cache has as on disk (${lostMembers}): check the disk. Missing members are mirrored anew`,
      );
    if (state !== undefined) return { number, state };
  }
  return undefined;
}

/**
 * Restores partial names: a kill during the last steps leaves a manifest with its final name beside
 * an unfinished bundle.
 */
function takeBackFinalNames(directory: string, number: number, names: readonly string[]): void {
  const partial = partialNames(bundleId(number));
  for (const name of names) {
    if (bundleNumber(name) !== number) continue;
    if (name.endsWith('.sha256')) rmSync(join(directory, name));
    const isManifest = name.endsWith('.manifest.jsonl');
    if (isManifest && !existsSync(join(directory, partial.manifest)))
      renameSync(join(directory, name), join(directory, partial.manifest));
  }
}

/** Adds recovered members to the ledger, in case a kill came between their frame and the ledger. */
function rememberRecovered(directory: string, membersDirectory: string, bundle: string): void {
  const members = readWholeMembers(join(directory, partialNames(bundle).manifest));
  new MemberLedger(membersDirectory, []).rememberAll(bundle, members);
}
