import { existsSync, realpathSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { errorMessage, UsageError, writeHint } from '@crates-mirror/errors';
import { type Lock, makeDirectories, removeTemporaries } from '@crates-mirror/fs-atomic';
import {
  checkHasBundles,
  checkMarker,
  checkNotBundled,
  forgetBundles,
  type Layout,
  lockHome,
  mirrorHome,
  parseLayout,
  prepareHome,
  readLayout,
  rememberBundles,
  requireExisting,
} from '@crates-mirror/layout';
import { repairLedger } from '@crates-mirror/manifest/shard-ledger';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { sweepPartials } from '../lane/fetch/partial/sweep-partials.ts';
import { checkOtherLayout } from './other-layout.ts';

/** A temporary file that no run has written to for so long was left by a kill. ms */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** A mirror that this process has locked for one run. */
export interface OpenMirror {
  readonly manifest: ManifestWriter;
  /** Directories that were not in use before this run, so that their location can be logged. */
  readonly made: readonly NewPlace[];
  release(): void;
}

/** A mirror or a folder of bundles that this run creates. */
export interface NewPlace {
  /** `mirror` */
  readonly what: string;
  readonly root: string;
}

/** A directory that only one run may work on at a time: the mirror or its folder of bundles. */
interface Place {
  readonly option: string;
  readonly what: string;
  readonly root: string;
  /**
   * The program's own directories in it. To take the lock, only the lock's directory must exist.
   */
  readonly directories: readonly string[];
}

type PlaceOptions = Pick<
  DownloaderOptions,
  'out' | 'bucket' | 'layout' | 'manifest' | 'bundle' | 'requireExisting' | 'shard'
>;

/**
 * Locks the mirror and the folder of bundles for this run.
 *
 * @throws UsageError when either cannot be locked
 */
export function openMirror(options: PlaceOptions): OpenMirror {
  const layout = parseLayout(options.layout);
  const places = checkPlaces(options);
  const made = places.filter(({ root }) => readLayout(root) === undefined);
  const locks: Lock[] = [];
  const release = (): void => {
    for (const lock of locks.splice(0)) lock.release();
  };
  try {
    const shard = options.bucket === undefined ? options.shard : undefined;
    for (const { root, option } of places)
      locks.push(lockHome(root, option, mirrorHome(root).lockFile, shard));
    const manifest = openManifest(options.manifest);
    for (const place of places) prepare(place, layout, shard !== undefined);
    rememberForm(options);
    return { manifest, made, release };
  } catch (error) {
    release();
    for (const { root } of places) {
      for (const made of [dirname(mirrorHome(root).lockFile), root]) removeIfEmpty(made);
    }
    throw error;
  }
}

/**
 * Rejects output directories that are recognizably wrong, before anything is created.
 *
 * @throws UsageError
 */
export function checkPlaces(options: PlaceOptions): readonly Place[] {
  const layout = parseLayout(options.layout);
  const places = placesOf(options);
  for (const place of places) {
    checkDirectory(place);
    checkMarker(place.root, layout);
    // The local directory of a mirror in an object store may be lost.
    const mustExist = options.requireExisting && options.bucket === undefined;
    if (mustExist) requireExisting(place.root, place.option);
  }
  checkApart(places);
  checkOtherLayout(options.out, options.layout);
  checkForm(options);
  checkManifest(options.manifest);
  return places;
}

/** The bundles of a mirror in an object store are looked for there. @throws UsageError */
function checkForm({ out, bucket, bundle }: PlaceOptions): void {
  if (bucket !== undefined) return;
  if (bundle === undefined) checkNotBundled(out);
  else if (bundle.mode === 'only') checkHasBundles(out, bundle.directory);
}

/** Records whether this mirror keeps its crate files only in bundles from now on. */
function rememberForm({ out, bucket, bundle }: PlaceOptions): void {
  if (bundle === undefined || bucket !== undefined) return;
  usable(`--out: cannot write to ${out}`, () => {
    if (bundle.mode === 'only') rememberBundles(out, resolve(bundle.directory));
    else forgetBundles(out);
  });
}

function placesOf({ out, bundle }: Pick<DownloaderOptions, 'out' | 'bundle'>): Place[] {
  const { temporaryDirectory, ledgerDirectory } = mirrorHome(out);
  const mirror = {
    option: '--out',
    what: 'mirror',
    root: out,
    directories: [temporaryDirectory, ledgerDirectory],
  };
  if (bundle === undefined) return [mirror];
  const home = mirrorHome(bundle.directory);
  const directories = [home.temporaryDirectory, home.membersDirectory];
  return [
    mirror,
    { option: '--bundles-out', what: 'folder of bundles', root: bundle.directory, directories },
  ];
}

function checkDirectory({ option, root }: Place): void {
  const what = `${option}: cannot write to ${root}`;
  const stats = usable(what, () => statSync(root, { throwIfNoEntry: false }));
  if (stats?.isDirectory() === false) throw new UsageError(`${what}: it is not a directory`);
}

/** With links, two names may refer to the same directory. */
function checkApart(places: readonly Place[]): void {
  const [first, ...others] = places.map(({ root }) =>
    existsSync(root) ? realpathSync(root) : resolve(root),
  );
  if (first === undefined || !others.includes(first)) return;
  throw new UsageError(`--bundles-out and --out are the same directory, ${first}`, {
    hint: 'Give the bundles one of their own; it may be inside the other',
  });
}

/** @param isShared whether other shards may be at work */
function prepare({ option, root, directories }: Place, layout: Layout, isShared: boolean): void {
  usable(`${option}: cannot write to ${root}`, () => {
    const home = mirrorHome(root);
    prepareHome(home, layout, directories);
    removeTemporaries(home.temporaryDirectory, isShared ? ABANDONED_MS : 0);
    if (isShared) repairLedger(home.ledgerDirectory);
    else sweepPartials(home.partialDirectory);
  });
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // The directory existed before and was not empty.
  }
}

/** Checks as much of the manifest path as possible before anything is created. */
function checkManifest(path: string): void {
  const stats = usable(cannotWrite(path), () => statSync(path, { throwIfNoEntry: false }));
  if (stats?.isDirectory() === true) throw new UsageError(`${cannotWrite(path)}: it is a directory`);
  // Opening a pipe that has no reader would block forever.
  if (stats?.isFIFO() === true || stats?.isSocket() === true) {
    throw new UsageError(`--manifest: ${path} is a pipe`, {
      hint: 'Name a file, and follow it with tail -f',
    });
  }
}

function openManifest(path: string): ManifestWriter {
  return usable(cannotWrite(path), () => {
    makeDirectories(dirname(resolve(path)));
    return new ManifestWriter(path);
  });
}

function cannotWrite(manifest: string): string {
  return `--manifest: cannot write to ${manifest}`;
}

function usable<T>(what: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what}: ${errorMessage(error)}`, writeHint(error));
  }
}
