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

/** Bytes: two names of crates and a digest have some hundred. */
const MAX_SUMS = 4096;

export interface BundleFolderOptions {
  /** Where the bundles are; its lock is the caller's to hold, and its home is prepared. */
  readonly directory: string;
  /** Hash every bundle, trust none. */
  readonly verifyAll: boolean;
  /** Hash a bundle whether it looks as it was or not [none]. */
  readonly isToVerify?: ((bundle: string) => boolean) | undefined;
  /** The number of the first bundle in a folder that has none yet [1]. */
  readonly firstNumber?: number;
  readonly onNote: Note;
}

interface Recovered {
  readonly number: number;
  readonly state: BundleState;
}

/** A folder of bundles, put in order for a run: what was left unfinished is recovered, what is finished is known. */
export class BundleFolder {
  readonly directory: string;
  readonly #inventory: BundleInventory;
  readonly #ledger: MemberLedger;
  #nextNumber: number;
  /** Until it is asked for. */
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
    onNote,
  }: BundleFolderOptions): Promise<BundleFolder> {
    const { membersDirectory, temporaryDirectory } = mirrorHome(directory);
    removeTemporaries(temporaryDirectory);
    makeDirectories(membersDirectory);
    removeOthers(membersDirectory);
    repairLedger(membersDirectory);
    const catalog = completeCatalog(directory, onNote);
    const nextNumber = numberAfterAll(directory, [firstNumber - 1, ...catalog.keys()]);
    const recovered = await recoverUnfinished(directory, catalog, onNote);
    const inventory = await BundleInventory.check(directory, membersDirectory, [...catalog.values()], {
      isToVerify: (bundle) => verifyAll || isToVerify(bundle),
      open: recovered === undefined ? null : bundleId(recovered.number),
      onNote,
    });
    if (recovered !== undefined) rememberRecovered(directory, membersDirectory, bundleId(recovered.number));
    return new BundleFolder(directory, inventory, nextNumber, recovered);
  }

  /** Ids of the bundles whose members count as mirrored. */
  get held(): string[] {
    return this.#inventory.held;
  }

  /** What the files of finished bundles are called, by the bundles' ids. */
  get files(): Record<string, string> {
    return this.#inventory.files;
  }

  /** The bundle to go on with: the recovered one, or a new one with the next number. */
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

  /** Whether there is a bundle that an earlier run could not finish. */
  get hasRecovered(): boolean {
    return this.#recovered !== undefined;
  }

  /** Tells the ledger of members that are on disk. */
  remember(bundle: string, members: readonly Member[]): void {
    this.#ledger.rememberAll(bundle, members);
  }

  /** @param members those of the bundle that the ledger does not know yet */
  async finish(bundle: BundleFile, members: readonly Member[]): Promise<NewCatalogEntry> {
    const entry = await bundle.finish();
    this.remember(bundle.id, members);
    this.#inventory.finished(entry);
    return entry;
  }

  /** The run adds nothing more. */
  async close(): Promise<void> {
    await this.#inventory.seal();
  }
}

/** @throws UsageError where there is none left: a bundle with a longer one would be found by no later run */
function numberAfterAll(directory: string, listed: Iterable<number>): number {
  const taken = [...listed, ...readdirSync(directory).map(bundleNumber)];
  const highest = Math.max(0, ...taken.filter((number) => number !== undefined));
  if (highest < LAST_NUMBER) return highest + 1;
  throw new UsageError(`${directory} has the last number that bundles can have, ${bundleId(highest)}`, {
    hint: `Move ${bundleId(highest)}* away if it is none of this folder's bundles, or name another directory`,
  });
}

/** Removes what is no file from the ledger of members: it is a cache, and is made anew without that. */
function removeOthers(membersDirectory: string): void {
  for (const entry of readdirSync(membersDirectory, { withFileTypes: true }))
    if (!entry.isFile()) rmSync(join(membersDirectory, entry.name), { recursive: true, force: true });
}

/** The catalog, with what a kill kept out of it: bundles that have their final names but no line yet. */
function completeCatalog(directory: string, onNote: Note): Map<number, CatalogEntry> {
  const onBadLine = (line: number): void =>
    onNote('warn', `bundles.index.jsonl:${line}: no entry of a catalog, passed over`);
  const catalog = readCatalog(directory, onBadLine);
  const missing = readdirSync(directory).filter(
    (name) => name.endsWith('.tar.zst') && bundleNumber(name) !== undefined && !isListed(catalog, name),
  );
  if (missing.length === 0) return catalog;
  for (const name of missing.sort()) {
    const other = catalog.get(bundleNumber(name) as number)?.path;
    if (other !== undefined && existsSync(join(directory, other))) {
      onNote('warn', `${name} has the number of ${other}: left alone`);
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

/** @throws when the bundle is not what its `.sha256` and its manifest say */
function describeFinished(directory: string, name: string): NewCatalogEntry {
  const path = join(directory, name);
  const manifest = name.replace(/\.tar\.zst$/, '.manifest.jsonl');
  const sums = `${name}.sha256`;
  if (!isFinalName(name)) throw new Error('no bundle is called that');
  // A pipe would have the run wait for ever.
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

/** Recovers what is unfinished; there is one at most, since a run has one bundle under way. */
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
        `${bundleId(number)} lacks members that the cache has as on disk (${lostMembers}): check the disk. What is missing is mirrored anew`,
      );
    if (state !== undefined) return { number, state };
  }
  return undefined;
}

/** A kill within the last steps leaves a manifest with its final name beside a bundle without. */
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

/** A kill may have come between a frame and the ledger. */
function rememberRecovered(directory: string, membersDirectory: string, bundle: string): void {
  const members = readWholeMembers(join(directory, partialNames(bundle).manifest));
  new MemberLedger(membersDirectory, []).rememberAll(bundle, members);
}
